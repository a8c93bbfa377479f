// The hop alone: a Worker that answers without looking.
export default { fetch: () => Response.json({ success: true, accepted: 1 }) };
