/* <entity-graph data-source="id of json_script">: a graph whose nodes are links to entities. */
import { layoutGraph } from "./layout.js";
import { draw } from "./draw.js";

const ZOOMS = [0.5, 0.7, 0.85, 1, 1.25, 1.6];

class EntityGraph extends HTMLElement {
  connectedCallback() {
    const source = document.getElementById(this.dataset.source);
    if (!source || this.querySelector("svg")) return;
    this.graph = layoutGraph(JSON.parse(source.textContent), this.dataset.labels ?? "all");
    this.svg = draw(this.graph, this.dataset.sprite, this.getAttribute("label") ?? "Graph");
    this.append(this.svg);
    this.zoom = null;
    this.fit();
    this.svg.addEventListener("keydown", (event) => this.walk(event));
    this.svg.addEventListener("pointerover", (event) => this.highlight(event.target));
    this.svg.addEventListener("focusin", (event) => this.highlight(event.target));
    this.svg.addEventListener("pointerleave", () => this.highlight(null));
    const list = document.getElementById(this.dataset.list);
    if (list) list.open = false;
    const tools = document.getElementById(this.dataset.tools);
    if (tools) this.useTools(tools);
  }

  /* Never larger than life, never so small that it cannot be read: then it scrolls. */
  fit() {
    const factor = Math.min(1, Math.max(0.62, this.clientWidth / this.graph.width));
    this.scale(factor);
  }

  scale(factor) {
    this.zoom = factor;
    this.svg.setAttribute("width", Math.round(this.graph.width * factor));
    this.svg.setAttribute("height", Math.round(this.graph.height * factor));
    const root = this.svg.querySelector(".graph__node--root");
    if (root && this.graph.width * factor > this.clientWidth) {
      const box = root.getBoundingClientRect();
      const own = this.getBoundingClientRect();
      this.scrollLeft += box.left - own.left - (own.width - box.width) / 2;
      this.scrollTop += box.top - own.top - (own.height - box.height) / 2;
    }
  }

  useTools(tools) {
    tools.hidden = false;
    tools.addEventListener("click", (event) => {
      const wish = event.target.closest("[data-zoom]")?.dataset.zoom;
      if (wish === "fit") this.fit();
      if (wish === "in") this.scale(ZOOMS.find((zoom) => zoom > this.zoom + 0.01) ?? ZOOMS.at(-1));
      if (wish === "out") this.scale(ZOOMS.findLast((zoom) => zoom < this.zoom - 0.01) ?? ZOOMS[0]);
    });
  }

  /* The arrow keys go to the nearest node in that direction. */
  walk(event) {
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const here = event.target.closest("[data-ref]");
    if (!direction || !here) return;
    event.preventDefault();
    event.stopPropagation();
    const from = this.graph.nodes.get(here.dataset.ref);
    let nearest = null;
    let shortest = Infinity;
    for (const [ref, node] of this.graph.nodes) {
      const ahead = (node.x - from.x) * direction[0] + (node.y - from.y) * direction[1];
      const aside = Math.abs((node.x - from.x) * direction[1] + (node.y - from.y) * direction[0]);
      const distance = ahead + aside * 2;
      if (ahead > 4 && distance < shortest) [nearest, shortest] = [ref, distance];
    }
    if (nearest) this.svg.querySelector(`[data-ref="${CSS.escape(nearest)}"]`)?.focus();
  }

  /* The edges of the node under the pointer or with the focus stand out. */
  highlight(target) {
    const ref = target?.closest?.("[data-ref]")?.dataset.ref;
    for (const edge of this.svg.querySelectorAll(".graph__edge")) {
      const touches = ref && (edge.dataset.from === ref || edge.dataset.to === ref);
      edge.classList.toggle("graph__edge--near", Boolean(touches));
    }
  }
}

customElements.define("entity-graph", EntityGraph);
