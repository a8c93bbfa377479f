import { Code, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useElementSize, useLocalStorage } from "@mantine/hooks";
import { useCallback, useEffect, useRef, useState } from "react";
import { written } from "../config/draft";
import type { Content, Engine } from "../engine/engine";

const WIDTHS = { phone: 390, desktop: 1280 };
const HEIGHT = { phone: 560, desktop: 480 };

/** What is shown to somebody with this data, as the edge would make it. */
export function Preview({ engine, content, data }: { engine: Engine; content: unknown; data: unknown }) {
  // Scaled down to a phone a desktop can't be read.
  const [device, setDevice] = useState<keyof typeof WIDTHS>(() => (innerWidth < WIDTHS.desktop / 2 ? "phone" : "desktop"));
  const [styles, setStyles] = useLocalStorage({ key: "selvedge/preview/styles", defaultValue: "" });
  const made = engine.render(content, data);
  return (
    <Stack gap="xs">
      <SegmentedControl aria-label="Width" value={device} onChange={(to) => setDevice(to as keyof typeof WIDTHS)} data={[{ value: "desktop", label: "Desktop" }, { value: "phone", label: "Phone" }]} />
      {made.reason !== undefined ? (
        <Text size="sm" role="status">This can't be shown: {made.reason}. Whoever should see it sees the fallback, or the next offer.</Text>
      ) : made.content.type === "json" ? (
        <Code block tabIndex={0} aria-label="What your page gets">{written(made.content.json)}</Code>
      ) : (
        <Frame html={made.content.html} device={device} styles={styles} />
      )}
      {(content as Content | undefined)?.type === "html" && (
        <TextInput label="Style sheet of your site" description="Its address: the preview then looks as your pages do. Kept in this browser." placeholder="https://shop.example/styles.css" value={styles} onChange={(event) => setStyles(event.currentTarget.value.trim())} />
      )}
    </Stack>
  );
}

function baseOf(styles: string): string | undefined {
  try {
    return new URL("/", new URL(styles, location.origin)).href;
  } catch {
    return undefined;
  }
}

/** The content in a sandbox, as wide as on the device, and as large as there is room. */
function Frame({ html, device, styles }: { html: string; device: keyof typeof WIDTHS; styles: string }) {
  const { ref, width } = useElementSize();
  const frame = useRef<HTMLIFrameElement>(null);
  const show = useCallback(() => {
    const base = baseOf(styles);
    frame.current?.contentWindow?.postMessage({ html, base, styles: styles && base ? new URL(styles, location.origin).href : undefined }, "*");
  }, [html, styles]);
  useEffect(() => {
    const ready = ({ source }: MessageEvent) => source === frame.current?.contentWindow && show();
    addEventListener("message", ready);
    show();
    return () => removeEventListener("message", ready);
  }, [show]);
  const scale = Math.min(1, (width || WIDTHS[device]) / WIDTHS[device]);
  return (
    <div ref={ref}>
      <div className="selvedge-frame" style={{ width: WIDTHS[device] * scale, height: HEIGHT[device] * scale }}>
        <iframe ref={frame} title={`Preview, ${device}`} src="/console/frame" sandbox="allow-scripts" style={{ width: WIDTHS[device], height: HEIGHT[device], transform: `scale(${scale})` }} />
      </div>
    </div>
  );
}
