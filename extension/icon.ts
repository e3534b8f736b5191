/** The drawing of pipec, once: a pipe `|>`. The file's icon is it alone, the extension's stands on a ground. */

const flow = (stroke: string, width: number) =>
  `<g fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"><path d="M36 26v76"/><path d="M60 30l42 34-42 34"/></g>`;

/** 16 pixels beside a file's name, on light and dark alike. */
export const fileIcon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128"><title>pipe</title>${flow('#0e9aa7', 16)}</svg>\n`;

/** 256 pixels, in the list of extensions. */
export const extensionIcon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128" width="256" height="256"><title>pipec</title>
<defs>
<linearGradient id="ground" x2="1" y2="1"><stop stop-color="#123a5a"/><stop offset="1" stop-color="#081a2b"/></linearGradient>
<linearGradient id="ink" gradientUnits="userSpaceOnUse" x1="30" x2="108" y1="0" y2="0"><stop stop-color="#19c3b2"/><stop offset="1" stop-color="#8ff0cf"/></linearGradient>
</defs>
<rect width="128" height="128" rx="26" fill="url(#ground)"/>
${flow('url(#ink)', 14)}
</svg>
`;
