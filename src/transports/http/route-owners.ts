/** Which handler has which method and path. If two handlers matched the same request, the second would never be called. */
import { ServiceError } from "../../service/errors.ts";
import type { ResolvedRoute } from "./route-options.ts";

export class RouteOwners {
  readonly #owners = new Map<string, string>();

  /** `owner` is the full name of a handler: `orders.onOrder`. @throws ServiceError ERR_HTTP_ROUTE */
  claim({ methods, pattern }: Pick<ResolvedRoute, "methods" | "pattern">, owner: string): void {
    for (const method of methods) {
      const key = `${method} ${pattern.shape}`;
      const other = this.#owners.get(key);
      if (other !== undefined) {
        throw new ServiceError(
          "ERR_HTTP_ROUTE",
          `${method} ${pattern.text} belongs to two handlers, ${other} and ${owner}. Change the method or the path of one.`,
        );
      }
      this.#owners.set(key, owner);
    }
  }
}
