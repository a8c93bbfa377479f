export default {
  title: "Amplitude",
  settings: ({ path }) => path.startsWith("/config") && { body: '{"configs":{"analyticsSDK":{"browserSDK":{}}}}' },
  answer: () => ({ body: '{"code":200,"events_ingested":1,"payload_size_bytes":1,"server_upload_time":1}' }),
};
