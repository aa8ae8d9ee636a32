/** Fanout: every bound target, for any key. */
import type { BindingTable, BindingTarget, ExchangeBinding, Routable } from "./binding.ts";

export class FanoutBindings implements BindingTable {
  readonly #bindings = new Set<ExchangeBinding>();

  add(binding: ExchangeBinding): void {
    this.#bindings.add(binding);
  }

  remove(binding: ExchangeBinding): void {
    this.#bindings.delete(binding);
  }

  route(_routingKey: string, _message: Routable, visit: (target: BindingTarget) => void): void {
    for (const { target } of this.#bindings) visit(target);
  }
}
