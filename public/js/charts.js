// Draws each table of figures as bars and as shares; without this script the tables stand alone with their meters.
(() => {
  const figures = [...document.querySelectorAll("figure[data-chart]")];
  if (figures.length === 0 || !window.Chart) return;

  const colour = (name, element = document.documentElement) => getComputedStyle(element).getPropertyValue(name).trim();
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

  const rows_of = (figure) =>
    [...document.querySelectorAll(`#${figure.dataset.from} tbody tr`)].map((row) => ({
      label: capital(row.dataset.label),
      count: Number(row.dataset.count),
      count_text: row.cells[1].textContent.trim(),
      share: row.dataset.share,
      key: colour("--key", row),
    }));

  // What a screen reader hears instead of the picture; the table beside it has every number.
  const description = (figure, rows) => {
    const top = rows.reduce((most, row) => (row.count > most.count ? row : most));
    return `${figure.querySelector("figcaption").textContent}\u00a0: en tête, ${top.label}, ${top.count_text} (${top.share}). Le détail est dans le tableau.`;
  };

  // Writes each bar's count at its end.
  const counts_at_ends = (rows) => ({
    id: "counts_at_ends",
    afterDatasetsDraw(chart) {
      const context = chart.ctx;
      context.save();
      context.fillStyle = colour("--ink");
      context.font = `600 13px ${Chart.defaults.font.family}`;
      context.textBaseline = "middle";
      chart.getDatasetMeta(0).data.forEach((bar, i) => context.fillText(rows[i].count_text, bar.x + 6, bar.y));
      context.restore();
    },
  });

  // Writes a share on its slice where there is room for it.
  const shares_on_slices = (rows, total) => ({
    id: "shares_on_slices",
    afterDatasetsDraw(chart) {
      const context = chart.ctx;
      context.save();
      context.font = `600 12px ${Chart.defaults.font.family}`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      chart.getDatasetMeta(0).data.forEach((slice, i) => {
        if (rows[i].count < 0.08 * total) return;
        const {x, y} = slice.tooltipPosition();
        context.fillStyle = is_light(rows[i].key) ? "#14201e" : "#fff";
        context.fillText(rows[i].share, x, y);
      });
      context.restore();
    },
  });

  // Relative luminance (WCAG 2.1) above the point where black reads better than white.
  const is_light = (hex) => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const part = parseInt(hex.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.19;
  };

  const tooltip = (rows) => ({callbacks: {label: ({dataIndex}) => ` ${rows[dataIndex].count_text} (${rows[dataIndex].share})`}});

  const bars = (rows) => {
    const most = Math.max(...rows.map((row) => row.count));
    return {
      type: "bar",
      data: {
        labels: rows.map((row) => row.label),
        datasets: [{
          data: rows.map((row) => row.count),
          backgroundColor: rows.map((row) => colour(row.count === most ? "--bar-top" : "--bar")),
          borderRadius: 3,
          maxBarThickness: 22,
        }],
      },
      options: {
        indexAxis: "y",
        layout: {padding: {right: 48}},
        plugins: {legend: {display: false}, tooltip: tooltip(rows)},
        scales: {
          x: {display: false, beginAtZero: true},
          y: {grid: {display: false, drawBorder: false}, ticks: {autoSkip: false, color: colour("--ink"), font: {size: 13}}},
        },
      },
      plugins: [counts_at_ends(rows)],
    };
  };

  const shares = (rows) => {
    const total = rows.reduce((sum, row) => sum + row.count, 0);
    return {
      type: "doughnut",
      data: {
        labels: rows.map((row) => row.label),
        datasets: [{
          data: rows.map((row) => row.count),
          backgroundColor: rows.map((row) => row.key),
          borderColor: colour("--surface"),
          borderWidth: 2,
        }],
      },
      options: {cutout: "48%", plugins: {legend: {display: false}, tooltip: tooltip(rows)}},
      plugins: [shares_on_slices(rows, total)],
    };
  };

  const draw = (figure) => {
    const rows = rows_of(figure);
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", description(figure, rows));
    const room = document.createElement("div");
    room.className = "chart-room";
    room.append(canvas);
    figure.querySelector(".chart-room")?.remove();
    figure.append(room);
    return new Chart(canvas, figure.dataset.chart === "bars" ? bars(rows) : shares(rows));
  };

  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.animation = false;
  Chart.defaults.maintainAspectRatio = false;
  document.documentElement.classList.add("drawn");
  figures.forEach((figure) => { figure.hidden = false; });
  let charts = figures.map(draw);

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    charts.forEach((chart) => chart.destroy());
    charts = figures.map(draw);
  });
})();
