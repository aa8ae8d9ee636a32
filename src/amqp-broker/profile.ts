/** The RabbitMQ releases that the embedded broker can follow, and what differs between them. */

/** A release of RabbitMQ that the embedded broker can imitate. */
export type BrokerVersion = "3.10" | "3.13" | "4.0" | "4.3";

/** What one release does where others do something else. */
export interface BrokerProfile {
  /** The release that was watched, as the broker announces it. */
  readonly version: string;
  readonly priorities: QuorumPriorities;
  /** Of a quorum queue that is declared without `x-delivery-limit`. */
  readonly deliveryLimit: number | undefined;
  /** A return is counted in `x-acquired-count`, and only a failed delivery in `x-delivery-count`. */
  readonly countsReturnsApart: boolean;
  /** A channel may have a prefetch over all its consumers. */
  readonly hasGlobalPrefetch: boolean;
  /** `#` in one pattern of a topic exchange. */
  readonly mostHashes: number;
  /** A passive declaration needs a permission on the name. */
  readonly asksForPassive: boolean;
  /** Errors of permissions name the right that is missing. */
  readonly namesRights: boolean;
  readonly maxMessageBytes: number;
  readonly leastFrameMax: number;
  /** A mandatory reply to a closed channel is returned. */
  readonly returnsLostReplies: boolean;
  /** A queue declared without a type is compared as one of the virtual host's default type. */
  readonly fillsInQueueType: boolean;
  /** A dead letter keeps its header CC where the queue has a routing key for it. */
  readonly keepsCopyHeader: boolean;
  /** `x-death` from a client is trusted and continued. */
  readonly believesDeaths: boolean;
  readonly tellsLastDeath: boolean;
  /** An exchange of an unknown type costs the channel; else the connection. */
  readonly unknownTypeCostsChannel: boolean;
  /** Moments in the bindings of a headers exchange are compared as such. */
  readonly comparesMoments: boolean;
  /** The effect of a delivery that is held too long: the end of the consumer, or of the channel. */
  readonly timeoutEnds: "consumer" | "channel";
  /** Features that the release refuses: transient queues that are not exclusive, `x-queue-master-locator`, classic queues of version 1. */
  readonly deniesOldFeatures: boolean;
  readonly classicTakesLeaderLocator: boolean;
}

/** How a quorum queue orders what waits. "two": from 5 on and the rest, two to one. "strict": 0 to 31, without a priority 4. */
export type QuorumPriorities = "none" | "two" | "strict";

const mib = 1024 * 1024;

const release310: BrokerProfile = {
  version: "3.10.8",
  priorities: "none",
  deliveryLimit: undefined,
  countsReturnsApart: false,
  hasGlobalPrefetch: true,
  mostHashes: Number.POSITIVE_INFINITY,
  asksForPassive: false,
  namesRights: false,
  maxMessageBytes: 128 * mib,
  leastFrameMax: 4096,
  returnsLostReplies: true,
  fillsInQueueType: false,
  keepsCopyHeader: false,
  believesDeaths: true,
  tellsLastDeath: false,
  unknownTypeCostsChannel: false,
  comparesMoments: true,
  timeoutEnds: "channel",
  deniesOldFeatures: false,
  classicTakesLeaderLocator: false,
};

const release313: BrokerProfile = {
  ...release310,
  version: "3.13.7",
  tellsLastDeath: true,
  unknownTypeCostsChannel: true,
  comparesMoments: false,
};

const release40: BrokerProfile = {
  ...release313,
  version: "4.0.5",
  priorities: "two",
  deliveryLimit: 20,
  namesRights: true,
  maxMessageBytes: 16 * mib,
  fillsInQueueType: true,
  keepsCopyHeader: true,
  believesDeaths: false,
  classicTakesLeaderLocator: true,
};

const release43: BrokerProfile = {
  ...release40,
  version: "4.3.6",
  priorities: "strict",
  countsReturnsApart: true,
  hasGlobalPrefetch: false,
  mostHashes: 2,
  asksForPassive: true,
  leastFrameMax: 8192,
  returnsLostReplies: false,
  timeoutEnds: "consumer",
  deniesOldFeatures: true,
};

const profiles: Readonly<Record<BrokerVersion, BrokerProfile>> = {
  "3.10": release310,
  "3.13": release313,
  "4.0": release40,
  "4.3": release43,
};

export const brokerVersions: readonly string[] = Object.keys(profiles);

/** The default is the newest. */
export function profileOf(version: BrokerVersion = "4.3"): BrokerProfile {
  return profiles[version];
}
