/** What people call an arm of an experiment. */
export const name = (variant: string) => (variant === "$holdout" ? "no offer (held out)" : variant);
