import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { Empty } from "./frame/Empty";
import { Frame } from "./frame/Frame";
import { Problem } from "./frame/Problem";
import { Waiting } from "./frame/Waiting";

const root = createRootRoute({ component: Frame });

const start = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/people" });
  },
});

const people = createRoute({
  getParentRoute: () => root,
  path: "/people",
  component: lazyRouteComponent(() => import("./people/PeoplePage"), "PeoplePage"),
  // `after` is where a page of all people begins, and `from` how many come before it.
  validateSearch: ({ find, after, from }: Record<string, unknown>): { find?: string; after?: string; from?: number } => ({
    ...(typeof find === "string" && { find }),
    ...(typeof after === "string" && typeof from === "number" && { after, from }),
  }),
});

const person = createRoute({
  getParentRoute: () => root,
  path: "/people/$name",
  component: lazyRouteComponent(() => import("./people/PersonPage"), "PersonPage"),
});

const results = createRoute({
  getParentRoute: () => root,
  path: "/results",
  component: lazyRouteComponent(() => import("./results/ResultsPage"), "ResultsPage"),
});

const experiment = createRoute({
  getParentRoute: () => root,
  path: "/results/$key",
  component: lazyRouteComponent(() => import("./results/ExperimentPage"), "ExperimentPage"),
});

const live = createRoute({
  getParentRoute: () => root,
  path: "/live",
  component: lazyRouteComponent(() => import("./live/LivePage"), "LivePage"),
});

const preview = createRoute({
  getParentRoute: () => root,
  path: "/preview",
  component: lazyRouteComponent(() => import("./preview/PreviewPage"), "PreviewPage"),
});

const audiences = createRoute({
  getParentRoute: () => root,
  path: "/audiences",
  component: lazyRouteComponent(() => import("./audiences/AudiencesPage"), "AudiencesPage"),
});

const audience = createRoute({
  getParentRoute: () => root,
  path: "/audiences/$id",
  component: lazyRouteComponent(() => import("./audiences/AudiencePage"), "AudiencePage"),
});

const list = createRoute({
  getParentRoute: () => root,
  path: "/audiences/lists/$id",
  component: lazyRouteComponent(() => import("./audiences/ListPage"), "ListPage"),
});

const offers = createRoute({
  getParentRoute: () => root,
  path: "/offers",
  component: lazyRouteComponent(() => import("./offers/OffersPage"), "OffersPage"),
});

const offer = createRoute({
  getParentRoute: () => root,
  path: "/offers/$id",
  component: lazyRouteComponent(() => import("./offers/OfferPage"), "OfferPage"),
});

const sources = createRoute({
  getParentRoute: () => root,
  path: "/sources",
  component: lazyRouteComponent(() => import("./sources/SourcesPage"), "SourcesPage"),
});

const config = createRoute({
  getParentRoute: () => root,
  path: "/config",
  component: lazyRouteComponent(() => import("./config/ConfigPage"), "ConfigPage"),
});

const edit = createRoute({
  getParentRoute: () => root,
  path: "/config/edit",
  component: lazyRouteComponent(() => import("./config/EditPage"), "EditPage"),
  validateSearch: ({ file }: Record<string, unknown>): { file?: string } => (typeof file === "string" ? { file } : {}),
});

const health = createRoute({
  getParentRoute: () => root,
  path: "/health",
  component: lazyRouteComponent(() => import("./health/HealthPage"), "HealthPage"),
});

const access = createRoute({
  getParentRoute: () => root,
  path: "/access",
  component: lazyRouteComponent(() => import("./access/AccessPage"), "AccessPage"),
});

const record = createRoute({
  getParentRoute: () => root,
  path: "/record",
  component: lazyRouteComponent(() => import("./record/RecordPage"), "RecordPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    start, live, people, person, audiences, audience, list, offers, offer, preview, results, experiment, sources, config, edit, health, access, record,
  ]),
  basepath: "/console",
  defaultPendingComponent: Waiting,
  defaultErrorComponent: ({ error, reset }) => <Problem error={error} retry={reset} />,
  defaultNotFoundComponent: () => <Empty title="There is no such page">The menu has all there are.</Empty>,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
