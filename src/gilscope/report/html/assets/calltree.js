// Call trees from the picture's flat lists: whole sums, and turned upside down.

/**
 * @typedef {object} TreeNode
 * @property {number} place -1: no Python frame, -2: smaller paths together, -3: the root
 * @property {number} own_s
 * @property {number} total_s
 * @property {TreeNode[]} children largest first
 * @property {TreeNode | null} parent
 */

/**
 * @param {number} place
 * @param {TreeNode | null} parent
 * @returns {TreeNode}
 */
function treeNode(place, parent) {
  return { place, own_s: 0, total_s: 0, children: [], parent };
}

/**
 * @param {FlameNodes} flat parents before their children
 * @returns {TreeNode}
 */
export function callTree(flat) {
  const root = treeNode(-3, null);
  /** @type {TreeNode[]} */
  const nodes = [];
  flat.place.forEach((place, i) => {
    const parent = flat.parent[i] < 0 ? root : nodes[flat.parent[i]];
    const node = treeNode(place, parent);
    node.own_s = flat.value_s[i];
    parent.children.push(node);
    nodes.push(node);
  });
  return summed(root);
}

/**
 * The same time from the other end: leaves first, then who called them.
 * @param {FlameNodes} flat
 * @returns {TreeNode}
 */
export function invertedTree(flat) {
  const root = treeNode(-3, null);
  flat.place.forEach((_, i) => {
    const own = flat.value_s[i];
    if (own <= 0) return;
    let node = root;
    for (let at = i; at >= 0; at = flat.parent[at]) node = childOf(node, flat.place[at]);
    node.own_s += own;
  });
  return summed(root);
}

/**
 * @param {TreeNode} node
 * @param {number} place
 * @returns {TreeNode}
 */
function childOf(node, place) {
  const found = node.children.find((child) => child.place === place);
  if (found) return found;
  const made = treeNode(place, node);
  node.children.push(made);
  return made;
}

/**
 * Sum up from the leaves; without recursion, since paths are as deep as programs make them.
 * @param {TreeNode} root
 * @returns {TreeNode}
 */
function summed(root) {
  const order = [root];
  for (let i = 0; i < order.length; i++) order.push(...order[i].children);
  for (const node of order.reverse()) {
    node.total_s = node.own_s + node.children.reduce((sum, child) => sum + child.total_s, 0);
    node.children.sort((a, b) => b.total_s - a.total_s);
  }
  return root;
}

/**
 * All nodes below one, parents first.
 * @param {TreeNode} root
 * @returns {TreeNode[]}
 */
export function allNodes(root) {
  const nodes = [root];
  for (let i = 0; i < nodes.length; i++) nodes.push(...nodes[i].children);
  return nodes;
}

/**
 * What places cost: alone, and with what they called. A place below itself counts once.
 * @param {TreeNode} root
 * @returns {Map<number, {own_s: number, total_s: number}>}
 */
export function costs(root) {
  const costs = new Map();
  for (const node of allNodes(root).slice(1)) {
    const cost = costs.get(node.place) ?? { own_s: 0, total_s: 0 };
    cost.own_s += node.own_s;
    if (!isBelowItself(node)) cost.total_s += node.total_s;
    costs.set(node.place, cost);
  }
  return costs;
}

/**
 * @param {TreeNode} node
 * @returns {boolean}
 */
function isBelowItself(node) {
  for (let above = node.parent; above; above = above.parent) if (above.place === node.place) return true;
  return false;
}
