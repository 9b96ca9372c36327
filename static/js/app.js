/* Everything on every page: the elements, the shortcuts, the handful of plain buttons that carry data-do. */
import "./elements/micro-bar.js";
import "./elements/spark-line.js";
import "./elements/data-age.js";
import "./elements/live-toggle.js";
import "./elements/command-palette.js";
import "./elements/key-help.js";
import "./elements/toast-stack.js";
import { $, $$ } from "./lib/dom.js";
import { move, select } from "./lib/rows.js";
import { density, turn } from "./theme.js";
import { listen } from "./keys.js";
import "./live/connection.js";
import { subscribe } from "./live/state.js";
import { tell } from "./lib/strips.js";

const IS_MAC = navigator.platform.startsWith("Mac");
if (IS_MAC) for (const key of $$("kbd[data-mod]")) key.textContent = key.textContent.replace("Ctrl ", "⌘");

function drawer(open = !("drawer" in document.body.dataset)) {
  if (open) document.body.dataset.drawer = "";
  else delete document.body.dataset.drawer;
  if (open) $(".side a, .side summary")?.focus();
}

function tab(step) {
  const tabs = $$(".tab-strip a"), at = tabs.findIndex(a => a.hasAttribute("aria-current"));
  tabs[(at + step + tabs.length) % tabs.length]?.click();
}

const doing = {
  theme: turn,
  palette: () => $("command-palette").open(),
  help: () => $("key-help").open(),
  pause: () => $("live-toggle")?.toggle(),
  refresh: () => dispatchEvent(new Event("refreshnow")),
  filter: () => ($("[data-filter]") || $(".find")).focus(),
  create: () => $("[data-create]")?.click(),
  submit: (_, e) => e?.target.closest?.("form")?.requestSubmit(),
  open: el => document.getElementById(el.dataset.target)?.showModal(),
  close: el => el.closest("dialog").close(),
  copy: async el => {
    await navigator.clipboard.writeText(el.dataset.text ?? document.getElementById(el.dataset.target)?.textContent ?? "");
    $("toast-stack").show({ title: "Copied" });
  },
  density: el => {
    for (const other of $$("[data-do=density]")) other.setAttribute("aria-pressed", other === el);
    density(el.dataset.word);
  },
  drawer: () => drawer(),
  row: (_, __, step) => move(Number(step)),
  tab: (_, __, step) => tab(Number(step)),
  go: (_, __, path) => document.body.dataset.root && location.assign(document.body.dataset.root + path),
  select,
};

function run(action, el = null, e = null) {
  const [verb, ...rest] = action.split(":");
  doing[verb]?.(el, e, rest.join(":"));
}

addEventListener("run", e => run(e.detail));
listen(action => run(action, null, { target: document.activeElement }));
document.addEventListener("click", e => {
  const el = e.target.closest("[data-do]");
  if (el?.matches("a")) e.preventDefault();
  if (el) run(el.dataset.do, el, e);
  if (!e.target.closest(".side, .menu")) drawer(false);
  for (const menu of $$("details.drop[open]")) if (!menu.contains(e.target)) menu.open = false;
});
addEventListener("keydown", e => {
  if (e.key !== "Escape") return;
  drawer(false);
  for (const menu of $$("details.drop[open]")) { menu.open = false; $("summary", menu).focus(); }
});

/* The page's own channel also carries how fresh everything is; a page without one takes the smallest. */
const { cluster, view } = document.body.dataset, CHANNELS = /^(overview|topics|groups|brokers|(topic|group|broker)\/.+)$/;
if (cluster) subscribe(`${cluster}/${CHANNELS.test(view) ? view : "brokers"}`, ({ tables }) => tell(tables));
document.documentElement.dataset.ready = "";
