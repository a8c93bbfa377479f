import { Alert, Button, Card, Grid, Group, MultiSelect, NumberInput, Select, Stack, Tabs, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { namesOf } from "../audiences/AudiencesPage";
import { useCatalogue } from "../audiences/catalogue";
import { JsonBlock } from "../audiences/parts/JsonBlock";
import { written, type Draft } from "../config/draft";
import { FileHeading } from "../config/FileHeading";
import { parsed } from "../config/parsed";
import { PreviewButton } from "../config/PreviewButton";
import { Published } from "../config/Published";
import { useDraft } from "../config/useDraft";
import { inWords } from "../config/useNames";
import { useEngine, type Engine } from "../engine/engine";
import { useChecked } from "../engine/useChecked";
import { TextLink } from "../frame/TextLink";
import { Waiting } from "../frame/Waiting";
import { useMay } from "../session/session";
import { Caps } from "./Caps";
import { ContentEditor } from "./ContentEditor";
import { Experiment } from "./Experiment";
import { called, kept, placementsOf, type Offer } from "./offer";
import { declaring, placesOf } from "./places";
import { Preview } from "./Preview";
import { Schedule } from "./Schedule";
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
  return <Published>{(published) => <OneOffer key={id} id={id} published={published} engine={engine.data} />}</Published>;
}

function OneOffer({ id, published, engine }: { id: string; published: Draft; engine: Engine }) {
  const file = `offers/${id}.json`;
  const mayPublish = useMay("publish");
  const writing = useDraft(published);
  const { draft, wrong, write } = writing;
  const known = useKnown();
  const { placements: seen } = useCatalogue();
  const text = draft.texts[file] ?? "";
  const offer = parsed(text) as Offer | undefined;
  const [settled] = useDebouncedValue(text, 250);
  const checked = useChecked(engine, { ...draft, texts: { ...draft.texts, [file]: settled } }, file, known);
  const [somebody, setSomebody] = useState<unknown>(SOMEBODY);
  const [variant, setVariant] = useState<string | null>(null);
  const { segments } = useMemo(() => namesOf(draft), [draft.texts]);
  const isThere = file in draft.texts;

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
      <FileHeading file={file} writing={writing} title={String(offer?.name || id)} about={<TextLink to="/offers" inherit>All offers</TextLink>}>
        <PreviewButton draft={draft} disabled={checked.errors.length > 0} />
      </FileHeading>
      {isThere && mine.length > 0 && (
        <Alert color="red" variant="light" mb="md" title="This can't be published yet" role="alert">
          {mine.map((error, index) => <Text key={index} size="sm" c="var(--mantine-color-text)">{error.path && <b>{called(error.path)}: </b>}{error.reason}</Text>)}
        </Alert>
      )}
      {isThere && checked.warnings.length > 0 && (
        <Alert color="orange" variant="light" mb="md" title="It may not be seen" role="status">
          {checked.warnings.map((warning, index) => <Text key={index} size="sm" c="var(--mantine-color-text)"><b>{called(warning.path)}: </b>{inWords(warning, draft)}</Text>)}
        </Alert>
      )}
      {isThere && <Grid>
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
                      <MultiSelect label="Placement" description="Where it may be shown: the first that a page asks for and that it wins" placeholder="Choose one" data={placesOf(draft.texts, seen)} value={placementsOf(offer)} error={errorAt("placement")} onChange={place} searchable />
                      <Select label="Who sees it" placeholder="Everybody" clearable clearButtonProps={{ "aria-label": "Everybody" }} searchable data={Object.entries(segments).map(([value, label]) => ({ value, label }))} value={offer.audience ?? null} error={errorAt("audience")} onChange={(audience) => put({ audience: audience ?? undefined })} />
                      <ContentEditor label="Content" content={offer.content} errors={errorAt("content")} readOnly={!mayPublish} change={(content) => put({ content }, "content")} />
                      {offer.fallback ? (
                        <>
                          <ContentEditor label="Fallback" content={offer.fallback} errors={errorAt("fallback")} readOnly={!mayPublish} change={(fallback) => put({ fallback }, "fallback")} />
                          <Group><Button variant="subtle" size="compact-sm" onClick={() => put({ fallback: undefined })}>No fallback</Button></Group>
                        </>
                      ) : (
                        <Group><Button variant="subtle" size="compact-sm" onClick={() => put({ fallback: { type: "html", html: "" } })}>Add a fallback, where it can't be made</Button></Group>
                      )}
                    </Stack>
                  </Tabs.Panel>
                  <Tabs.Panel value="when" pt="md">
                    <Stack>
                      <Schedule schedule={offer.schedule} error={errorAt("schedule")} change={(schedule, at) => put({ schedule }, at)} />
                      <Caps caps={offer.caps} published={parsed(published.texts[file] ?? "") as Offer | undefined} error={errorAt("caps")} change={(caps, at) => put({ caps }, at)} />
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
                <Select label="Variant" searchable data={offer.variants.map(({ id }) => id)} placeholder="the offer's own content" clearable clearButtonProps={{ "aria-label": "The offer's own content" }} value={variant} onChange={setVariant} maw={240} />
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
