/* The page's live state: the only source of data of the elements. subscribe("demo/topics", ({tables}) => …) gives back its end.
   connection.state is live, paused or offline; held counts the changes that wait while paused. */
import { set as setClock } from "../lib/clock.js";
import { Channels } from "./channels.js";
import { Socket } from "./socket.js";
export { apply, whole } from "./tables.js";

export const connection = { state: "offline", reason: "starting", held: 0 };
// crypto.randomUUID is missing on plain http away from localhost
const watching = new Set(), tab = [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, "0")).join("");
let isUp = false, isFed = true, isStarted = false;

const channels = new Channels(frame => socket.send(frame), draw => requestAnimationFrame(draw), changed);
const socket = new Socket({
  open: () => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`),
  ticket,
  tab,
  onFrame: take,
  onUp: () => { up(true, ""); channels.again(); },
  onDown: reason => up(false, reason),
});

export function subscribe(ch, listener) {
  start();
  return channels.subscribe(ch, listener);
}

export function follow(ch, begin, end, listener) {
  start();
  return channels.follow(ch, begin, end, listener);
}

export const pause = () => channels.pause();
export const resume = () => channels.resume();
export const say = frame => socket.send(frame);
export const refresh = cluster => say({ do: "refresh", cluster });

// watcher(connection) is called now and at each change
export function watch(watcher) {
  watching.add(watcher);
  watcher(connection);
  return () => watching.delete(watcher);
}

function start() {
  if (isStarted) return;
  isStarted = true;
  socket.start();
  addEventListener("online", () => socket.hurry());
  document.addEventListener("visibilitychange", () => document.hidden || socket.hurry());
}

async function ticket() {
  const answer = await fetch(`/ws-ticket/?tab=${tab}`, { headers: { Accept: "application/json" }, cache: "no-store" });
  if (answer.ok) return (await answer.json()).ticket;
  throw Object.assign(new Error(`no ticket: ${answer.status}`), { isFinal: answer.status === 401 });
}

function take(frame) {
  if (frame.kind !== "beat") return channels.take(frame);
  setClock(frame.at_ms);
  if (isFed === frame.is_live) return;
  isFed = frame.is_live;   // the server is there, but nothing new reaches it
  changed();
}

function up(now, reason) {
  isUp = now;
  connection.reason = reason;
  changed();
}

function changed() {
  connection.state = !isUp || !isFed ? "offline" : channels.isPaused ? "paused" : "live";
  connection.held = channels.held;
  for (const watcher of watching) watcher(connection);
}
