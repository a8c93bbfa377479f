export default {
  title: "Mixpanel",
  answer: () => ({ body: '{"error":null,"status":1}' }),
};
