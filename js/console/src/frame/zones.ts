/** The time zones that this browser knows. */
export const zones = () => Intl.supportedValuesOf("timeZone");
