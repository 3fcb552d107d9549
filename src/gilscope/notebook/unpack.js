// The page that a notebook has is compressed; this one unpacks it, and gives way to it.
const packedPage = document.getElementById("packed")?.textContent ?? "";
const packedBytes = Uint8Array.from(atob(packedPage), (each) => each.charCodeAt(0));
const unpackedPage = new Blob([packedBytes]).stream().pipeThrough(new DecompressionStream("gzip"));
new Response(unpackedPage).text().then((page) => {
  document.open();
  document.write(page);
  document.close();
});
