// Loaded only by pages that are opened from the disk, where browsers refuse font files. The build
// puts FONTS before this: family, style, weight and the file as base64.
/* global FONTS */
for (const [family, style, weight, data] of FONTS) {
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  document.fonts.add(new FontFace(family, bytes.buffer, { style, weight }));
}
