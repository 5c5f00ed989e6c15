package historytest

import (
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Type puts the focus on an element, and types.
func (b *Tab) Type(selector, keys string) {
	b.t.Helper()
	do(b, chromedp.SendKeys(chromedp.CSS(selector), keys))
}

// Press presses keys where the focus is, with modifiers held.
func (b *Tab) Press(keys string, modifiers ...chromedp.Modifier) {
	b.t.Helper()
	do(b, chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

// Click clicks on an element.
func (b *Tab) Click(selector string) {
	b.t.Helper()
	do(b, chromedp.Click(chromedp.CSS(selector)))
}

// Until waits until an expression of JavaScript holds in the page.
func (b *Tab) Until(expression string) {
	b.t.Helper()
	do(b, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(patience)))
}

// Screen is what a window shows of the page, as a PNG.
func (b *Tab) Screen() []byte {
	b.t.Helper()
	return do(b, chromedp.CaptureScreenshot())
}

// Point moves the mouse to a place in the window.
func (b *Tab) Point(x, y float64) {
	b.t.Helper()
	do(b, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
}
