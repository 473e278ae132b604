/** The bytes that the page carries. */
export async function loadBytes(element: HTMLElement): Promise<Uint8Array> {
  const bytes = Uint8Array.from(atob(element.textContent), (character) => character.charCodeAt(0))
  if (element.dataset.encoding === 'none') return bytes
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
