/* How full retention is, in percent; "?" not known, "–" no limit: controlcenter/web/topic.py says the same. */
export function filled({ cleanup_policy: policy, retention_ms: ms, retention_bytes: limit, size_bytes: size, partitions, records, first_record_at_ms: first }, at) {
  const isDeleted = (policy || "").includes("delete");
  const time = policy == null || ms == null ? "?" : !isDeleted || ms <= 0 || records === 0 ? "–" : first == null ? "?" : Math.max(0, Math.round(100 * (at - first) / ms));
  const bytes = policy == null || limit == null ? "?" : !isDeleted || limit <= 0 ? "–" : size == null || !partitions ? "?" : Math.round(100 * size / (limit * partitions));
  return { time, size: bytes };
}
