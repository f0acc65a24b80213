/**
 * The strongly connected components of a graph, each in no particular order (Tarjan's algorithm, without recursion,
 * because the graph may be deep).
 */
export function components<Node extends { readonly index: number }>(
  nodes: readonly Node[],
  successors: (node: Node) => readonly Node[],
): readonly (readonly Node[])[] {
  const order = new Map<Node, number>();
  const low = new Map<Node, number>();
  const waiting: Node[] = [];
  const isWaiting = new Set<Node>();
  const found: Node[][] = [];
  for (const root of nodes) {
    if (order.has(root)) continue;
    const work = [visit(root)];
    while (work.length > 0) {
      const frame = work.at(-1)!;
      const { node } = frame;
      const next = frame.rest.next();
      if (!next.done) {
        if (!order.has(next.value)) work.push(visit(next.value));
        else if (isWaiting.has(next.value)) low.set(node, Math.min(low.get(node)!, order.get(next.value)!));
        continue;
      }
      work.pop();
      const around = work.at(-1)?.node;
      if (around !== undefined) low.set(around, Math.min(low.get(around)!, low.get(node)!));
      if (low.get(node) === order.get(node)) found.push(takeDownTo(node));
    }
  }
  return found;

  function visit(node: Node) {
    order.set(node, order.size);
    low.set(node, order.get(node)!);
    waiting.push(node);
    isWaiting.add(node);
    return { node, rest: successors(node)[Symbol.iterator]() };
  }

  function takeDownTo(node: Node): Node[] {
    const members: Node[] = [];
    for (;;) {
      const member = waiting.pop()!;
      isWaiting.delete(member);
      members.push(member);
      if (member === node) return members;
    }
  }
}
