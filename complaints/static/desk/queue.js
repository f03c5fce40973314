// Keys on top of what the queue can do without them: j, k, Enter (the browser's own, on the link), x, a.
'use strict'
{
  const hint = document.querySelector('.keys')
  const rows = [...document.querySelectorAll('.queue tbody tr')].filter(row => row.querySelector('.opens'))
  const button = hint && hint.querySelector('button')
  let on = true
  const here = () => rows.findIndex(row => row.contains(document.activeElement))
  const to = index => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))]
    if (row) row.querySelector('.opens').focus()
  }
  const does = {
    j: () => to(here() + 1),
    k: () => to(here() < 0 ? 0 : here() - 1),
    x: () => { if (here() >= 0) rows[here()].querySelector('[name=pick]').click() },
    a: () => {
      const acknowledges = here() >= 0 && rows[here()].querySelector('.acknowledges')
      if (acknowledges) acknowledges.click()
    },
  }
  if (hint && rows.length) {
    hint.hidden = false
    button.addEventListener('click', () => {
      on = !on
      const words = button.textContent
      button.textContent = button.dataset.off
      button.dataset.off = words
    })
    document.addEventListener('keydown', event => {
      const typing = event.target.matches('input:not([type=checkbox]),select,textarea')
      if (!on || typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in does)) return
      event.preventDefault()
      does[event.key]()
    })
  }
}
