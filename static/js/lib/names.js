/* A name as it stands in an address; controlcenter/web/names.py is the same on the server. */
function base64url(text) {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function encode(name) {
  if (/[\/\u0000-\u001f\u007f]|^=/.test(name) || name === "." || name === "..") return "=" + base64url(name);
  return encodeURIComponent(name).replace(/[!'()*]/g, c => "%" + c.charCodeAt(0).toString(16).toUpperCase());
}

const root = () => document.body.dataset.root;
export const topic = name => `${root()}topics/${encode(name)}/`;
export const group = name => `${root()}groups/${encode(name)}/`;
export const broker = id => `${root()}brokers/${id}/`;
