/* Places nodes and edges with dagre; returns plain numbers. */
import { Graph, layout } from "../../vendor/dagre/dagre.esm.js";

const HEIGHT = 32;
const MARGIN = 12;
const LONGEST = 28;

export function shorten(text) {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/* Edges leave and arrive at the middle of a side; dagre cuts them at the nearest point of the box. */
function attach(edge, from, to) {
  const forward = from.x <= to.x ? 1 : -1;
  edge.points[0] = { x: from.x + (forward * from.width) / 2, y: from.y };
  edge.points[edge.points.length - 1] = { x: to.x - (forward * to.width) / 2, y: to.y };
}

/* `labels` is "once": a relation's name once for each side of the root; or "all". */
export function layoutGraph(data, labels) {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 58, edgesep: 10, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = "600 12.5px ui-sans-serif, system-ui, sans-serif";
  for (const node of data.nodes) {
    const text = shorten(node.title);
    graph.setNode(node.ref, { ...node, text, width: Math.ceil(pen.measureText(text).width) + 52, height: HEIGHT });
  }
  const named = new Set();
  for (const [index, edge] of data.edges.entries()) {
    const side = edge.source === data.root ? "out" : "in";
    const group = `${edge.type} ${side}`;
    const shown = labels === "all" || !named.has(group);
    named.add(group);
    const width = Math.ceil(pen.measureText(edge.label).width) + 10;
    graph.setEdge(
      edge.source, edge.target,
      { label: shown ? edge.label : "", type: edge.type, width, height: shown ? 16 : 4, labelpos: "c" },
      String(index),
    );
  }
  layout(graph);
  for (const key of graph.edges()) attach(graph.edge(key), graph.node(key.v), graph.node(key.w));
  const size = graph.graph();
  return {
    root: data.root,
    width: Math.max(size.width || 0, 60),
    height: Math.max(size.height || 0, HEIGHT + 2 * MARGIN),
    nodes: new Map(graph.nodes().map((ref) => [ref, graph.node(ref)])),
    edges: graph.edges().map((key) => ({ ...graph.edge(key), from: key.v, to: key.w })),
  };
}
