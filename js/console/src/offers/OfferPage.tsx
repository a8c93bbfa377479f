import { Alert, Button, Card, Grid, Group, MultiSelect, NumberInput, Select, Stack, Tabs, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { ResetIcon } from "@radix-ui/react-icons";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { namesOf } from "../audiences/AudiencesPage";
import { useCatalogue } from "../audiences/catalogue";
import { JsonBlock } from "../audiences/parts/JsonBlock";
import { without, written, type Draft } from "../config/draft";
import { folder, parsed } from "../config/parsed";
import { Published } from "../config/Published";
import { usePublishing } from "../config/usePublishing";
import { useEngine, type Engine } from "../engine/engine";
import { useChecked } from "../engine/useChecked";
import { Heading } from "../frame/Heading";
import { TextLink } from "../frame/TextLink";
import { Waiting } from "../frame/Waiting";
import { useMay } from "../session/session";
import { Caps } from "./Caps";
import { ContentEditor } from "./ContentEditor";
import { Experiment } from "./Experiment";
import { called, kept, placementsOf, type Offer } from "./offer";
import { placesOf } from "./OffersPage";
import { Preview } from "./Preview";
import { Schedule } from "./Schedule";
import { TEMPLATES } from "./templates";
import { useKnown } from "./useKnown";

const Editor = lazy(() => import("../config/Editor"));
const route = getRouteApi("/offers/$id");

/** Somebody to look at content with. */
const SOMEBODY = {
  traits: { first_name: "Ada", tier: "gold", city: "Ulm" },
  computed: {
    orders: 2, revenue: 214.5,
    cart: { value: 149, quantity: 1, items: [{ product_id: "skylark-4", name: "Skylark 4", price: 149, quantity: 1 }] },
    lastViewed: [{ product_id: "skylark-4", name: "Skylark 4", price: 149, currency: "EUR" }, { product_id: "merino-run-sock", name: "Merino Run Sock", price: 18, currency: "EUR" }],
  },
  event: { name: "Product Added", properties: { product_id: "skylark-4", category: "Running shoes" } },
  context: {},
};

export function OfferPage() {
  const { id } = route.useParams();
  const engine = useEngine();
  if (!engine.data) return <Waiting />;
  return <Published>{(published) => <OneOffer key={id} id={id} first={published} engine={engine.data} />}</Published>;
}

function OneOffer({ id, first, engine }: { id: string; first: Draft; engine: Engine }) {
  const file = `offers/${id}.json`;
  const search = route.useSearch();
  const mayPublish = useMay("publish");
  const { draft, before, touched, wrong, write, undo, redo, look, isLooking, preview, shown } = usePublishing(first, { begun: withOffer(first, id, search) });
  const known = useKnown();
  const { placements: seen } = useCatalogue();
  const text = draft.texts[file] ?? "{}";
  const offer = parsed(text) as Offer | undefined;
  const [settled] = useDebouncedValue(text, 250);
  const checked = useChecked(engine, { ...draft, texts: { ...draft.texts, [file]: settled } }, file, known);
  const [somebody, setSomebody] = useState<unknown>(SOMEBODY);
  const [variant, setVariant] = useState<string | null>(null);
  const { segments } = useMemo(() => namesOf(draft), [draft.texts]);
  const declared = (parsed(draft.texts["placements.json"])?.placements ?? []) as { id: string; name?: string }[];
  const isRemoved = !(file in draft.texts);
  const isUnpublished = !(file in before.texts);

  const put = (more: Partial<Offer>, at?: string) => write({ ...draft.texts, [file]: written(kept({ ...offer, ...more }) ?? {}) }, at);
  /** A placement that pages ask for, and that the config does not know yet, is made known. */
  const place = (ids: string[]) => {
    const texts = declaring(draft.texts, ids);
    write({ ...texts, [file]: written({ ...offer, placement: ids.length === 1 ? ids[0] : ids }) });
  };
  const mine = [...checked.errors, ...wrong.filter((error) => error.file === file)];
  const errorAt = (...paths: string[]) => mine.find(({ path }) => paths.some((start) => path === start || path.startsWith(`${start}.`) || path.startsWith(`${start}[`)))?.reason;
  const shownContent = offer?.variants?.find((one) => one.id === variant)?.content ?? offer?.content;
  return (
    <>
      <Heading title={String(offer?.name || id)} about={<><TextLink to="/offers" inherit>All offers</TextLink> · {isUnpublished ? "not published yet" : touched.size > 0 ? "changed, not published" : "published"}</>}>
        {mayPublish && (
          <>
            <Button variant="default" leftSection={<ResetIcon />} disabled={!undo} onClick={undo}>Undo</Button>
            <Button variant="default" disabled={!redo} onClick={redo}>Redo</Button>
            {!isRemoved && <Button variant="default" onClick={() => write(without(draft.texts, file))}>Remove</Button>}
            <Button variant="default" disabled={checked.errors.length > 0} onClick={preview}>Preview…</Button>
            <Button disabled={touched.size === 0 || (checked.errors.length > 0 && !isRemoved)} loading={isLooking} onClick={look}>Check and publish…</Button>
          </>
        )}
      </Heading>
      {!mayPublish && <Alert variant="light" mb="md" title="You can look">Publishing needs the role editor.</Alert>}
      {shown}
      {isRemoved && <Alert color="orange" variant="light" mb="md" title="Removed from your draft">It is gone when you publish. Until then it can be undone.</Alert>}
      {!isRemoved && mine.length > 0 && (
        <Alert color="red" variant="light" mb="md" title="This can't be published yet" role="alert">
          {mine.map((error, index) => <Text key={index} size="sm" c="var(--mantine-color-text)">{error.path && <b>{called(error.path)}: </b>}{error.reason}</Text>)}
        </Alert>
      )}
      {checked.warnings.length > 0 && (
        <Alert color="orange" variant="light" mb="md" title="It may not be seen" role="status">
          {checked.warnings.map((warning, index) => <Text key={index} size="sm" c="var(--mantine-color-text)"><b>{called(warning.path)}: </b>{warning.reason}</Text>)}
        </Alert>
      )}
      {!isRemoved && <Grid>
        <Grid.Col span={{ base: 12, lg: 6 }}>
          <Tabs defaultValue="what" keepMounted={false}>
            <Tabs.List>
              <Tabs.Tab value="what">What and where</Tabs.Tab>
              <Tabs.Tab value="when">When and how often</Tabs.Tab>
              <Tabs.Tab value="variants">Variants</Tabs.Tab>
              <Tabs.Tab value="json">JSON</Tabs.Tab>
            </Tabs.List>
            <fieldset disabled={!mayPublish} className="selvedge-bare">
              {offer ? (
                <>
                  <Tabs.Panel value="what" pt="md">
                    <Stack>
                      <TextInput label="Name" value={String(offer.name ?? "")} error={errorAt("name")} onChange={(event) => put({ name: event.currentTarget.value }, "name")} />
                      <MultiSelect label="Placement" description="Where it may be shown: the first that a page asks for and that it wins" placeholder="Choose one" data={placesOf(declared, seen)} value={placementsOf(offer)} error={errorAt("placement")} onChange={place} searchable />
                      <Select label="Who sees it" placeholder="Everybody" clearable clearButtonProps={{ "aria-label": "Everybody" }} searchable data={Object.entries(segments).map(([value, label]) => ({ value, label }))} value={offer.audience ?? null} error={errorAt("audience")} onChange={(audience) => put({ audience: audience ?? undefined })} />
                      <ContentEditor label="Content" content={offer.content} errors={errorAt("content")} readOnly={!mayPublish} change={(content) => put({ content }, "content")} />
                      {offer.fallback ? (
                        <>
                          <ContentEditor label="Fallback" content={offer.fallback} errors={errorAt("fallback")} readOnly={!mayPublish} change={(fallback) => put({ fallback }, "fallback")} />
                          <Group><Button variant="subtle" size="compact-sm" onClick={() => put({ fallback: undefined })}>No fallback</Button></Group>
                        </>
                      ) : (
                        <Group><Button variant="subtle" size="compact-sm" onClick={() => put({ fallback: { type: "html", html: "" } })}>Something else, where the content can't be made</Button></Group>
                      )}
                    </Stack>
                  </Tabs.Panel>
                  <Tabs.Panel value="when" pt="md">
                    <Stack>
                      <Schedule schedule={offer.schedule} error={errorAt("schedule")} change={(schedule, at) => put({ schedule }, at)} />
                      <Caps caps={offer.caps} error={errorAt("caps")} change={(caps, at) => put({ caps }, at)} />
                      <NumberInput label="Priority" description="The higher one has its turn first. On the page of all offers it can be dragged." allowDecimal={false} maw={200} value={Number(offer.priority ?? 0)} onChange={(priority) => put({ priority: Number(priority) || undefined }, "priority")} />
                      <TextInput label="Only one of its kind on a page" description="Offers with the same word here are never on a page together" placeholder="shipping" maw={320} value={offer.exclusive ?? ""} onChange={(event) => put({ exclusive: event.currentTarget.value || undefined }, "exclusive")} />
                    </Stack>
                  </Tabs.Panel>
                  <Tabs.Panel value="variants" pt="md">
                    <Experiment offer={offer} errors={errorAt("variants", "experiment")} readOnly={!mayPublish} change={put} look={setVariant} />
                  </Tabs.Panel>
                </>
              ) : (
                <Text mt="md">The text is no JSON at the moment: mend it under “JSON”.</Text>
              )}
              <Tabs.Panel value="json" pt="md">
                <Suspense fallback={<Waiting />}>
                  <Editor label={file} text={text} readOnly={!mayPublish} change={(to) => to !== text && write({ ...draft.texts, [file]: to }, "json")} />
                </Suspense>
              </Tabs.Panel>
            </fieldset>
          </Tabs>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 6 }}>
          <Card withBorder component="section" aria-label="Preview">
            <Title order={2} mb="xs">Preview</Title>
            <Stack>
              {offer?.variants && (
                <Select label="Variant" data={offer.variants.map(({ id }) => id)} placeholder="the offer's own content" clearable clearButtonProps={{ "aria-label": "The offer's own content" }} value={variant} onChange={setVariant} maw={240} />
              )}
              <Preview engine={engine} content={shownContent} data={somebody} />
              <JsonBlock label="Shown to somebody of whom this is known" description="Somebody made up. Write who you want to see it with." value={somebody} change={setSomebody} />
            </Stack>
          </Card>
        </Grid.Col>
      </Grid>}
    </>
  );
}

/** The published texts, and with them an offer that is not there yet. */
function withOffer(first: Draft, id: string, { name, template, placement }: { name?: string; template?: string; placement?: string }): Draft["texts"] {
  const file = `offers/${id}.json`;
  if (file in first.texts) return first.texts;
  const { content } = TEMPLATES.find((one) => one.id === template) ?? TEMPLATES[0]!;
  // Before all others, so that it is seen: order is changed on the page of all offers.
  const priorities = folder<Offer>(first, "offers").map((one) => Number(one.content.priority ?? 0));
  const priority = Math.max(0, ...priorities) + 10;
  const offer = { id, name: name ?? id, ...(placement !== undefined && { placement }), priority, content };
  return { ...declaring(first.texts, placement === undefined ? [] : [placement]), [file]: written(offer) };
}

/** The texts with these placements declared. */
function declaring(texts: Draft["texts"], ids: string[]): Draft["texts"] {
  const file = parsed(texts["placements.json"]) ?? {};
  const declared = (Array.isArray(file.placements) ? file.placements : []) as { id: string }[];
  const missing = ids.filter((id) => !declared.some((one) => one.id === id));
  if (missing.length === 0) return texts;
  return { ...texts, "placements.json": written({ ...file, placements: [...declared, ...missing.map((id) => ({ id, name: id }))] }) };
}
