import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recallPlot } from './recall-plot.ts'

test('a plot has a staircase and a name for each model, and no markup of a name', () => {
  const plot = recallPlot('a & b', [
    {
      name: 'first',
      points: [
        { rate: 0, recall: 0.5 },
        { rate: 0.01, recall: 1 },
      ],
    },
    { name: 'second <i>', points: [] },
  ])
  assert.match(plot, /^<svg [^>]*xmlns/)
  assert.match(plot, /a &#38; b/)
  assert.match(plot, /second &#60;i&#62;/)
  assert.equal(plot.match(/stroke-width="2"/g)?.length, 4)
  // Half of the attacks before any quiet session passes, all from 1 % on.
  assert.match(plot, /d="M60 215\.0H238\.2V40\.0H470"/)
})
