/** Direct: bindings whose key is the message's, byte for byte. */
import type { BindingTable, BindingTarget, ExchangeBinding, Routable } from "./binding.ts";

export class DirectBindings implements BindingTable {
  readonly #byKey = new Map<string, Set<ExchangeBinding>>();

  add(binding: ExchangeBinding): void {
    const bindings = this.#byKey.get(binding.routingKey);
    if (bindings) bindings.add(binding);
    else this.#byKey.set(binding.routingKey, new Set([binding]));
  }

  remove(binding: ExchangeBinding): void {
    const bindings = this.#byKey.get(binding.routingKey);
    if (bindings?.delete(binding) && bindings.size === 0) this.#byKey.delete(binding.routingKey);
  }

  route(routingKey: string, _message: Routable, visit: (target: BindingTarget) => void): void {
    const bindings = this.#byKey.get(routingKey);
    if (bindings) for (const { target } of bindings) visit(target);
  }
}
