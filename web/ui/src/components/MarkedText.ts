/* A text with its evidence marked; `list` sets indicators one a line. */
import { computed, defineComponent, h, type PropType } from 'vue'
import { cut, lines, type Mark } from '../text'

export default defineComponent({
  name: 'MarkedText',
  props: {
    text: { type: String, required: true },
    marks: { type: Array as PropType<Mark[]>, default: () => [] },
    from: { type: Number, default: 0 },
    list: Boolean,
  },
  setup(props) {
    const inline = (text: string, from: number) =>
      cut(text, props.marks, from).map((p) => {
        if (p.marks.length === 0) return p.text
        const kinds = new Set(p.marks.map((m) => `mark-${m.kind}`))
        return h('mark', {
          class: [...kinds],
          'data-pair': p.marks.find((m) => m.number)?.number,
          'data-first': p.first || undefined,
        }, p.text)
      })
    const items = computed(() => (props.list ? lines(props.text) : []))
    return () =>
      items.value.length > 1
        ? h('ul', { class: 'marked-list' }, items.value.map((l) => h('li', inline(l.text, props.from + l.from))))
        : h('span', { class: 'marked' }, inline(props.text, props.from))
  },
})
