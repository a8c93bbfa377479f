import { closestCenter, DndContext, KeyboardSensor, PointerSensor, useSensor, useSensors, type DragEndEvent } from "@dnd-kit/core";
import { SortableContext, sortableKeyboardCoordinates, useSortable, verticalListSortingStrategy } from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import { ActionIcon, Alert, Badge, Button, Group, Select, Stack, Table, Text, TextInput, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { DragHandleDots2Icon, PlusIcon, ResetIcon } from "@radix-ui/react-icons";
import { useNavigate } from "@tanstack/react-router";
import { memo, useMemo, useState } from "react";
import { namesOf } from "../audiences/AudiencesPage";
import { useCatalogue } from "../audiences/catalogue";
import { filesOf, written, type Draft } from "../config/draft";
import { folder, idOf, nameOf, parsed } from "../config/parsed";
import { Published } from "../config/Published";
import { useDraft, type Writing } from "../config/useDraft";
import { inWords } from "../config/useNames";
import { useEngine, type Phase } from "../engine/engine";
import { BeginDialog } from "../frame/BeginDialog";
import { Choice } from "../frame/Choice";
import { counted } from "../frame/counted";
import { Empty } from "../frame/Empty";
import { Heading } from "../frame/Heading";
import { TextLink } from "../frame/TextLink";
import { useFirst } from "../frame/useFirst";
import { useMay } from "../session/session";
import { called, placementsOf, STATES, type Offer } from "./offer";
import { declaring, placesOf } from "./places";
import { inOrder, moved } from "./order";
import { TEMPLATES } from "./templates";
import { useKnown } from "./useKnown";

/** What visitors see, in the order in which it has its turn. */
export function OffersPage() {
  return <Published>{(published) => <All published={published} />}</Published>;
}

function All({ published }: { published: Draft }) {
  const mayPublish = useMay("publish");
  const [adding, add] = useDisclosure();
  const [text, setText] = useState("");
  const [placement, setPlacement] = useState<string | null>(null);
  const writing = useDraft(published);
  const { draft, touched, write, undo } = writing;
  const engine = useEngine();
  const known = useKnown();
  const { segments } = useMemo(() => namesOf(draft), [draft.texts]);
  const all = useMemo(
    () => inOrder(folder<Offer>(draft, "offers").map((one) => ({ ...one, priority: Number(one.content.priority ?? 0) }))),
    [draft.texts],
  );
  const warnings = useMemo(() => {
    const by = new Map<string, string[]>();
    for (const warning of engine.data?.check(filesOf(draft).files, known).warnings ?? []) by.set(warning.file, [...(by.get(warning.file) ?? []), `${called(warning.path)}: ${inWords(warning, draft)}`]);
    return by;
  }, [engine.data, draft.texts, JSON.stringify(known)]);
  const placements = [...new Set(all.flatMap(({ content }) => placementsOf(content)))].sort();
  const listed = all.filter((one) => (!placement || placementsOf(one.content).includes(placement)) && `${one.id} ${nameOf(one)}`.toLowerCase().includes(text.toLowerCase()));
  // A move is told to every row.
  const { rows, more } = useFirst(listed);
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 4 } }), useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }));
  const named = (id: string | number) => nameOf(all.find((one) => one.id === id) ?? { id: String(id), content: {} });
  const drop = ({ active, over }: DragEndEvent) => {
    if (!over || active.id === over.id) return;
    const place = (id: string | number) => listed.findIndex((one) => one.id === id);
    const texts = { ...draft.texts };
    for (const [id, priority] of Object.entries(moved(listed, place(active.id), place(over.id)))) {
      const file = `offers/${id}.json`;
      texts[file] = written({ ...parsed(texts[file]), priority });
    }
    write(texts);
  };
  return (
    <>
      <Heading title="Offers" about="What visitors see in the places that your pages have for it. The upper one has its turn first.">
        {mayPublish && undo && <Button variant="default" leftSection={<ResetIcon />} onClick={undo}>Undo</Button>}
        {mayPublish && <Button leftSection={<PlusIcon />} onClick={add.open}>New offer</Button>}
      </Heading>
      {all.length === 0 ? (
        <Empty title="There is no offer yet">An offer is a banner, a line or a window that some visitors see, and others don't. It begins from a template.</Empty>
      ) : (
        <Stack>
          <Group>
            <TextInput aria-label="Find an offer" placeholder="Find by name" value={text} onChange={(event) => setText(event.currentTarget.value)} />
            <Select aria-label="Placement" placeholder="All placements" searchable clearable clearButtonProps={{ "aria-label": "All placements" }} data={placements} value={placement} onChange={setPlacement} />
            <Text size="sm" c="dimmed">{counted(listed.length, "offer")}</Text>
          </Group>
          <DndContext
            sensors={sensors}
            collisionDetection={closestCenter}
            onDragEnd={drop}
            accessibility={{
              screenReaderInstructions: { draggable: "Press space to take the offer, the arrow keys to move it, space to put it down, escape to leave it where it was." },
              announcements: {
                onDragStart: ({ active }) => `${named(active.id)} is taken.`,
                onDragOver: ({ active, over }) => over ? `${named(active.id)} is at place ${listed.findIndex((one) => one.id === over.id) + 1} of ${listed.length}.` : undefined,
                onDragEnd: ({ active, over }) => over ? `${named(active.id)} is put down at place ${listed.findIndex((one) => one.id === over.id) + 1}.` : undefined,
                onDragCancel: ({ active }) => `${named(active.id)} stays where it was.`,
              },
            }}
          >
            <SortableContext items={rows.map(({ id }) => id)} strategy={verticalListSortingStrategy}>
              <Table.ScrollContainer minWidth={720} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Offers" } }}>
                <Table>
                  <Table.Thead><Table.Tr><Table.Th w={40}><VisuallyHidden>Move</VisuallyHidden></Table.Th><Table.Th>Name</Table.Th><Table.Th>Placement</Table.Th><Table.Th>For</Table.Th><Table.Th miw={110}>State</Table.Th></Table.Tr></Table.Thead>
                  <Table.Tbody>
                    {rows.map((one) => (
                      <OneOffer key={one.id} id={one.id} text={draft.texts[one.file] ?? ""} audience={one.content.audience ? segments[one.content.audience] ?? one.content.audience : ""} warning={warnings.get(one.file)?.join("; ") ?? ""} phase={engine.data?.phase(one.content.schedule)} isDraft={touched.has(one.file)} mayMove={mayPublish && text === ""} />
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            </SortableContext>
          </DndContext>
          {more}
        </Stack>
      )}
      {adding && <NewOffer writing={writing} close={add.close} />}
    </>
  );
}

interface OfferProps {
  id: string;
  text: string;
  audience: string;
  warning: string;
  phase: Phase | undefined;
  /** It is not as it was published. */
  isDraft: boolean;
}

/** A row. While one is moved, all of them are told where to be: what they show is left alone. */
function OneOffer({ mayMove, ...one }: OfferProps & { mayMove: boolean }) {
  const { id, text } = one;
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } = useSortable({ id, disabled: !mayMove });
  const { role: _role, ...rest } = attributes;
  const name = nameOf({ id, content: parsed(text) ?? {} });
  return (
    <Table.Tr ref={setNodeRef} className="selvedge-row" style={{ transform: CSS.Translate.toString(transform), transition, opacity: isDragging ? 0.6 : 1, position: "relative", zIndex: isDragging ? 1 : undefined }}>
      <Table.Td>
        {mayMove && (
          <ActionIcon ref={setActivatorNodeRef} variant="subtle" color="gray" style={{ cursor: "grab", touchAction: "none" }} {...rest} {...listeners} aria-label={`Move ${name}`}>
            <DragHandleDots2Icon />
          </ActionIcon>
        )}
      </Table.Td>
      <Cells {...one} />
    </Table.Tr>
  );
}

const Cells = memo(function Cells({ id, text, audience, warning, phase, isDraft }: OfferProps) {
  const offer = (parsed(text) ?? { id }) as Offer;
  const state = phase && STATES[phase];
  return (
    <>
      <Table.Td>
        <TextLink to="/offers/$id" params={{ id }} fw={600}>{nameOf({ id, content: offer })}</TextLink>
        {warning && <Text size="xs" c="var(--mantine-color-text)"><Badge size="xs" variant="light" color="orange" mr={6}>may not be seen</Badge>{warning}</Text>}
      </Table.Td>
      <Table.Td><Group gap={4}>{placementsOf(offer).map((one) => <Badge key={one} variant="light" color="gray">{one}</Badge>)}</Group></Table.Td>
      <Table.Td><Text size="sm">{audience || "everybody"}</Text></Table.Td>
      <Table.Td>
        <Group gap={4}>
          {isDraft && <Badge variant="light" color="orange">not published</Badge>}
          {state && <Badge variant="light" color={state.color}>{state.label}</Badge>}
          {offer.variants && <Badge variant="light" color="grape">{offer.experiment?.kind === "bandit" ? "bandit" : "experiment"}</Badge>}
        </Group>
      </Table.Td>
    </>
  );
});

function NewOffer({ writing: { draft, write }, close }: { writing: Writing; close: () => void }) {
  const navigate = useNavigate();
  const { placements: seen } = useCatalogue();
  const [template, setTemplate] = useState("banner");
  const places = placesOf(draft.texts, seen);
  const [placement, setPlacement] = useState<string | null>(places[0]?.value ?? null);
  const begin = (name: string) => {
    const offers = folder<Offer>(draft, "offers");
    const id = idOf(name, offers.map(({ id }) => id));
    const { content } = TEMPLATES.find((one) => one.id === template) ?? TEMPLATES[0]!;
    // Before all others, so that it is seen: the order is changed on the page of all offers.
    const priority = Math.max(0, ...offers.map((one) => Number(one.content.priority ?? 0))) + 10;
    const offer = { id, name, ...(placement !== null && { placement }), priority, content };
    write({ ...declaring(draft.texts, placement === null ? [] : [placement]), [`offers/${id}.json`]: written(offer) });
    void navigate({ to: "/offers/$id", params: { id } });
  };
  return (
    <BeginDialog title="New offer" placeholder="Free socks with running shoes" begin={begin} close={close}>
      <Choice label="Begin with" value={template} onChange={setTemplate} of={TEMPLATES.map(({ id, label, about }) => ({ value: id, label, description: about }))} />
      <Select label="Placement" description="The places that your pages have asked to be filled" searchable data={places} value={placement} allowDeselect={false} onChange={setPlacement} />
      {places.length === 0 && <Alert variant="light">No page has asked for anything yet: give an element on your page <b>data-selvedge-placement="hero"</b>.</Alert>}
    </BeginDialog>
  );
}
