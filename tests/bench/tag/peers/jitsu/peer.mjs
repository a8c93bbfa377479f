export default {
  title: "Jitsu",
  answer: () => ({ body: '{"ok":true}' }),
};
