import { ActionIcon, AppShell, Badge, Burger, Group, Image, Loader, Menu, NavLink, Text, Center, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { ExitIcon, MoonIcon, PersonIcon, SunIcon } from "@radix-ui/react-icons";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, type ReactNode } from "react";
import { flushSync } from "react-dom";
import { api, told, type Schema } from "../api/client";
import { Drafting, useDrafting } from "../config/Drafting";
import { SignIn } from "../session/SignIn";
import { useSession } from "../session/session";
import mark from "./mark.svg";
import { PAGES } from "./pages";
import { Problem } from "./Problem";

const DraftBar = lazy(() => import("../config/DraftBar"));

/** What stands around every page. A draft outlives the session that it was begun in, for the same person. */
export function Frame() {
  const { data: who } = useSession();
  // Whoever came by Cloudflare Access has no key of their own, but a name.
  return <Drafting owner={who && `${who.key} ${who.name}`}><Gate /></Drafting>;
}

/** Nobody is inside without a session. */
function Gate() {
  const session = useSession();
  if (session.data) return <Inside session={session.data} />;
  if (session.isPending) return <Center h="100dvh"><Loader role="status" aria-label="Loading" /></Center>;
  if (told(session.error).code === "unauthorized") return <SignIn />;
  return <Center component="main" h="100dvh" p="md"><Problem error={session.error} retry={() => session.refetch()} /></Center>;
}

function Inside({ session }: { session: Schema<"Who"> }) {
  const [open, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const { held } = useDrafting();
  useEffect(close, [pathname, close]);
  // Who follows a link by the keyboard, or hears the page, goes on in what has come, not in what is gone.
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current !== pathname) main.current?.focus({ preventScroll: true });
    shown.current = pathname;
  }, [pathname]);
  const pages = PAGES.filter((page) => session.rights.includes(page.right));
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !open } }} padding="md">
      <a className="selvedge-skip" href="#main">
        Skip to the page
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={open} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={open ? "Close the menu" : "Open the menu"} />
            <Image src={mark} alt="" w={28} h={28} />
            <Text fw={700}>Selvedge</Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <SchemeButton />
            <Account session={session} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        {pages.map(({ to, label, Icon }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            leftSection={<Icon aria-hidden />}
            active={pathname.startsWith(to)}
            variant="light"
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main ref={main} id="main" tabIndex={-1} className="selvedge-main">
        <div className="selvedge-page"><Outlet /></div>
        {held && session.rights.includes("publish") && <Suspense><DraftBar held={held} /></Suspense>}
      </AppShell.Main>
    </AppShell>
  );
}

function SchemeButton(): ReactNode {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const other = scheme === "dark" ? "light" : "dark";
  return (
    <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Use ${other} colours`} onClick={() => setColorScheme(other)}>
      {scheme === "dark" ? <SunIcon /> : <MoonIcon />}
    </ActionIcon>
  );
}

function Account({ session }: { session: Schema<"Who"> }) {
  const { held, begin } = useDrafting();
  const signOut = api.useMutation("delete", "/v1/session", {
    // Whatever was shown and written goes with the page: nobody who comes after has it.
    onSuccess: () => {
      flushSync(begin);
      location.assign("/console");
    },
  });
  const leave = () => {
    if (!held || confirm("What you have written and not published goes when you sign out.")) signOut.mutate({});
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Signed in as ${session.name}`}>
          <PersonIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {session.name} <Badge size="sm" variant="light" ml="xs">{session.role}</Badge>
        </Menu.Label>
        <Menu.Item leftSection={<ExitIcon aria-hidden />} onClick={leave}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
