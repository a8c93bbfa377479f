import "@selvedge/tag/element";
import { load, track } from "@selvedge/tag";
import { createRoot, hydrateRoot } from "react-dom/client";
import { Page } from "./page.jsx";

const root = document.getElementById("root");
if (root.firstElementChild) hydrateRoot(root, <Page />);
else createRoot(root).render(<Page />);
track("Started");
load("demo", { src: "/tag.js" });
