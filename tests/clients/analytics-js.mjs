// The interface of analytics.js, which Customer.io's edition shares.

/** Runs in the page. */
export async function makeCalls({ key, url, person, options }) {
  const analytics = client.AnalyticsBrowser.load({ writeKey: key, cdnURL: url }, options);
  analytics.setAnonymousId(person.anonymousId);
  const sent = person.calls.map(({ type, userId, anonymousId, previousId, groupId, event, category, name, properties, traits, ...said }) => {
    switch (type) {
      case "identify":
        return analytics.identify(userId, traits, said);
      case "group":
        return analytics.group(groupId, traits, said);
      case "alias":
        return analytics.alias(userId, previousId, said);
      case "track":
        return analytics.track(event, properties, said);
      default:
        return analytics[type](category, name, properties, said);
    }
  });
  await Promise.all(sent);
}
