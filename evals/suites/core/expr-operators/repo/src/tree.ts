export type Value = number | string | boolean;

export type Node =
  | { kind: 'literal'; value: Value }
  | { kind: 'name'; name: string }
  | { kind: 'unary'; operator: string; operand: Node }
  | { kind: 'binary'; operator: string; left: Node; right: Node }
  | { kind: 'choice'; condition: Node; yes: Node; no: Node }
  | { kind: 'call'; name: string; args: Node[] };

/** The names of all values that a formula may ask for, each once, sorted. */
export function namesIn(root: Node): string[] {
  const names = new Set<string>();
  const visit = (node: Node): void => {
    switch (node.kind) {
      case 'name':
        names.add(node.name);
        break;
      case 'unary':
        visit(node.operand);
        break;
      case 'binary':
        visit(node.left);
        visit(node.right);
        break;
      case 'choice':
        visit(node.condition);
        visit(node.yes);
        visit(node.no);
        break;
      case 'call':
        node.args.forEach(visit);
        break;
    }
  };
  visit(root);
  return [...names].sort();
}
