/* Tables as they are shown: name → Map(key → row). A change makes new Maps and rows, so what is the same object is unchanged.
   Law, as in observe/delta.py: apply(old, between(old, new)) equals new. Maps: a topic may be called "__proto__". */

export function whole(tables) {
  return Object.fromEntries(Object.entries(tables).map(([name, { columns, keys, rows }]) =>
    [name, new Map(keys.map((key, i) => [key, Object.fromEntries(columns.map((column, j) => [column, rows[i][j]]))]))]));
}

export function apply(tables, changes) {
  const after = { ...tables };
  for (const [name, part] of Object.entries(changes)) {
    const rows = new Map(after[name]);
    for (const [key, columns] of Object.entries(part.set ?? {})) rows.set(key, { ...rows.get(key), ...columns });
    for (const key of part.drop ?? []) rows.delete(key);
    if (rows.size) after[name] = rows;
    else delete after[name];
  }
  return after;
}
