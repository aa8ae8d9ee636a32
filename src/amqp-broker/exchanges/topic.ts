/**
 * Topic: patterns of words, `*` for one word and `#` for any number of them, in a trie, so that ten thousand patterns cost
 * what ten do. All ways through the trie are gone at once, word by word, so that no pattern makes a key expensive.
 */
import type { BindingTable, BindingTarget, ExchangeBinding, Routable } from "./binding.ts";

interface Node {
  readonly words: Map<string, Node>;
  /** The branch of `*`. */
  one: Node | undefined;
  /** The branch of `#`. */
  many: Node | undefined;
  /** This is such a branch: it takes any further word and stays. */
  readonly isMany: boolean;
  /** Bindings whose pattern ends here. */
  readonly bindings: Set<ExchangeBinding>;
  /** The step that reached this node last: it is reached once a step. */
  reached: number;
}

export class TopicBindings implements BindingTable {
  readonly #root = emptyNode(false);
  #step = 0;

  add(binding: ExchangeBinding): void {
    let node = this.#root;
    for (const word of wordsOf(binding.routingKey)) node = childOf(node, word) ?? addChild(node, word);
    node.bindings.add(binding);
  }

  remove(binding: ExchangeBinding): void {
    removeFrom(this.#root, wordsOf(binding.routingKey), 0, binding);
  }

  route(routingKey: string, _message: Routable, visit: (target: BindingTarget) => void): void {
    let reached: Node[] = [];
    this.#step++;
    this.#reach(this.#root, reached);
    for (const word of wordsOf(routingKey)) {
      const next: Node[] = [];
      this.#step++;
      for (const node of reached) {
        if (node.isMany) this.#reach(node, next);
        this.#reach(node.words.get(word), next);
        this.#reach(node.one, next);
      }
      reached = next;
    }
    for (const { bindings } of reached) for (const { target } of bindings) visit(target);
  }

  /** `#` may match zero words, so a match of a node is also a match of its branch. */
  #reach(node: Node | undefined, reached: Node[]): void {
    let next = node;
    while (next && next.reached !== this.#step) {
      next.reached = this.#step;
      reached.push(next);
      next = next.many;
    }
  }
}

/** The empty key has no words, so that `#` matches it and `*` does not. */
function wordsOf(routingKey: string): readonly string[] {
  return routingKey === "" ? [] : routingKey.split(".");
}

function emptyNode(isMany: boolean): Node {
  return { words: new Map(), one: undefined, many: undefined, isMany, bindings: new Set(), reached: 0 };
}

function childOf(node: Node, word: string): Node | undefined {
  if (word === "*") return node.one;
  return word === "#" ? node.many : node.words.get(word);
}

function addChild(node: Node, word: string): Node {
  const child = emptyNode(word === "#");
  if (word === "*") node.one = child;
  else if (word === "#") node.many = child;
  else node.words.set(word, child);
  return child;
}

/** Branches that lead nowhere any more go with it. True when this one does. */
function removeFrom(node: Node, words: readonly string[], at: number, binding: ExchangeBinding): boolean {
  const word = words[at];
  if (word === undefined) node.bindings.delete(binding);
  else {
    const child = childOf(node, word);
    if (child && removeFrom(child, words, at + 1, binding)) removeChild(node, word);
  }
  return node.bindings.size === 0 && node.words.size === 0 && !node.one && !node.many;
}

function removeChild(node: Node, word: string): void {
  if (word === "*") node.one = undefined;
  else if (word === "#") node.many = undefined;
  else node.words.delete(word);
}
