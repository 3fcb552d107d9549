// The page that a notebook has is compressed; this one unpacks it, and gives way to it.
const packed = document.getElementById("packed").textContent;
const bytes = Uint8Array.from(atob(packed), (each) => each.charCodeAt(0));
const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
new Response(unpacked).text().then((page) => {
  document.open();
  document.write(page);
  document.close();
});
