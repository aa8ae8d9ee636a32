/** Fanout: everyone who is bound, whatever the key. */
import type { Binding, BindingTable, BindingTarget, Routable } from "./binding.ts";

export class FanoutBindings implements BindingTable {
  readonly #bindings = new Set<Binding>();

  add(binding: Binding): void {
    this.#bindings.add(binding);
  }

  remove(binding: Binding): void {
    this.#bindings.delete(binding);
  }

  route(_routingKey: string, _message: Routable, visit: (target: BindingTarget) => void): void {
    for (const { target } of this.#bindings) visit(target);
  }
}
