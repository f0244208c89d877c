/**
 * Runs in the page: texts whose contrast is under what WCAG AA asks for.
 * Plain JavaScript, because it is handed to the browser as text.
 */
// biome-ignore lint/correctness/noUnusedVariables: the test calls it in the page
function weakTexts() {
  const parse = (color) => (color.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = (color) => {
    const [r, g, b] = color.map((value) => {
      const c = value / 255
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const groundOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor)
      if (color.length === 3 || color[3] === 1) return color
    }
    return [255, 255, 255]
  }
  const contrastOf = (element) => {
    const style = getComputedStyle(element)
    const ink = luminance(parse(element instanceof SVGElement ? style.fill : style.color))
    const ground = luminance(groundOf(element))
    return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05)
  }
  const weak = new Set()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    const text = walker.currentNode.textContent.trim()
    if (!text || !element.checkVisibility()) continue
    if (element.closest('script, style, noscript, title, .offscreen, :disabled, .arrow')) continue
    const contrast = contrastOf(element)
    if (contrast < 4.5) weak.add(`${text.slice(0, 30)}: ${contrast.toFixed(2)} (${element.className})`)
  }
  return [...weak]
}
