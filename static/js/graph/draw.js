/* Draws a placed graph as SVG; colours come from classes, so the theme applies. */
const SVG = "http://www.w3.org/2000/svg";

function make(name, attributes = {}, children = []) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function draw(graph, sprite, label) {
  const arrow = make("marker", {
    id: "graph-arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto",
  }, [make("path", { d: "M1 1 7 4 1 7", class: "graph__arrow" })]);
  const svg = make("svg", {
    viewBox: `0 0 ${graph.width} ${graph.height}`, class: "graph__drawing", role: "group", "aria-label": label,
  }, [make("defs", {}, [arrow])]);
  svg.append(...graph.edges.map(drawEdge));
  svg.append(...[...graph.nodes.values()].map((node) => drawNode(node, node.ref === graph.root, sprite)));
  return svg;
}

function drawEdge(edge) {
  const group = make("g", { class: "graph__edge", "data-from": edge.from, "data-to": edge.to });
  group.append(make("path", { d: curve(edge.points), "marker-end": "url(#graph-arrow)" }));
  if (edge.label) {
    group.append(
      make("text", { x: edge.x, y: edge.y + 4, "text-anchor": "middle", class: "graph__label" }, [edge.label]),
    );
  }
  return group;
}

/* Through all points, level at both ends: left-to-right layouts read best so. */
function curve(points) {
  let path = `M${points[0].x} ${points[0].y}`;
  for (let i = 1; i < points.length; i += 1) {
    const [from, to] = [points[i - 1], points[i]];
    const middle = (from.x + to.x) / 2;
    path += ` C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`;
  }
  return path;
}

function drawNode(node, isRoot, sprite) {
  const [left, top] = [node.x - node.width / 2, node.y - node.height / 2];
  const kinds = ["graph__node", isRoot && "graph__node--root", node.missing && "graph__node--missing"];
  const parts = [
    make("title", {}, [node.missing ? `${node.ref} is not in the catalog` : node.ref]),
    make("rect", { x: left, y: top, width: node.width, height: node.height, rx: 7 }),
    make("use", { href: `${sprite}#${node.icon}`, x: left + 11, y: top + 9, width: 14, height: 14, class: "graph__icon" }),
    make("text", { x: left + 32, y: node.y + 4.5 }, [node.text]),
  ];
  const attributes = { class: kinds.filter(Boolean).join(" "), "data-ref": node.ref };
  if (node.missing) return make("g", { ...attributes, tabindex: "0", role: "img", "aria-label": `${node.ref} is not in the catalog` }, parts);
  if (isRoot) attributes["aria-current"] = "page";
  return make("a", { ...attributes, href: node.url, "aria-label": `${node.kind} ${node.title}` }, parts);
}
