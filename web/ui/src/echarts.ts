/* ECharts with what we draw and nothing else. It is large and few pages need it: components/EChart.vue
   loads it when a chart is shown. Tooltips are drawn on the canvas (renderMode: 'richText'), because
   the Content-Security-Policy lets no text of HTML bring its own style. */
import { GraphChart, HeatmapChart, LineChart } from 'echarts/charts'
import { GridComponent, TooltipComponent, VisualMapComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([GraphChart, HeatmapChart, LineChart, GridComponent, TooltipComponent, VisualMapComponent, CanvasRenderer])

export { init }
