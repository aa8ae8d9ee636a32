// What the suite needs of a broker, whichever it is: virtual hosts, an operator's hands, an end.
import type { BrokerAdmin } from "./conformance-case.ts";

/** One running broker. Disposing it leaves nothing of the suite behind. */
export interface BrokerUnderTest extends AsyncDisposable {
  readonly kind: BrokerAdmin["kind"];
  readonly version: string;
  /** Makes empty virtual hosts, each with full permissions for the user of its URL. */
  addVirtualHosts(names: readonly string[]): Promise<readonly VirtualHostUnderTest[]>;
}

export interface VirtualHostUnderTest {
  readonly url: string;
  readonly admin: BrokerAdmin;
}
