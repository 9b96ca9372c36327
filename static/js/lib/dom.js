/* Elements without markup strings: text given to h() is always text, so no name, key or payload can become HTML. */
const SVG = "http://www.w3.org/2000/svg";

function build(el, attrs, children) {
  for (const [name, value] of Object.entries(attrs)) {
    if (value === false || value == null) continue;
    if (name === "on") for (const [type, listen] of Object.entries(value)) el.addEventListener(type, listen);
    else if (name === "vars") for (const [prop, v] of Object.entries(value)) el.style.setProperty(prop, v);
    else el.setAttribute(name, value === true ? "" : value);
  }
  el.append(...children.flat(Infinity).filter(child => child != null && child !== false));
  return el;
}

export const $ = (selector, within = document) => within.querySelector(selector);
export const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
export const h = (tag, attrs = {}, ...children) => build(document.createElement(tag), attrs, children);
export const svg = (tag, attrs = {}, ...children) => build(document.createElementNS(SVG, tag), attrs, children);
export const icon = (name, size = "small") =>
  svg("svg", { class: `icon ${size}`, "aria-hidden": "true" }, svg("use", { href: `${document.documentElement.dataset.icons}#i-${name}` }));

/* Changes text only where it differs, so that a live page keeps its selection and costs nothing when nothing moved. */
export const say = (el, text) => { if (el && el.textContent !== text) el.textContent = text; };

/* One run per animation frame, however often it is asked for; none while the tab is hidden. */
export function once(draw) {
  let asked = 0;
  return () => { asked ||= requestAnimationFrame(() => { asked = 0; draw(); }); };
}
