import { BarChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

use([BarChart, ScatterChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

/** A chart on canvas; what it shows also stands in a table beside it. No HTML in tooltips: their styles would stand inline. */
export function Chart({ option, label, height = 320 }: { option: EChartsCoreOption; label: string; height?: number }) {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const chart = init(holder.current!);
    chart.setOption({ tooltip: { renderMode: "richText" }, ...option });
    const follow = new ResizeObserver(() => chart.resize());
    follow.observe(holder.current!);
    return () => {
      follow.disconnect();
      chart.dispose();
    };
  }, [option]);
  return <div ref={holder} role="img" aria-label={label} className="chart" style={{ height }} />;
}
