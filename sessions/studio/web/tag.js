// Draws a layout as overlay/drawing.py does: the same shapes in the same order, in the page's pixels.
export function draw(context, layout) {
  const { width, height } = context.canvas;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  if (!layout) return;
  context.setTransform(width / layout.size_wh[0], 0, 0, height / layout.size_wh[1], 0, 0);
  for (const item of layout.items) PUT[item.kind](context, item);
  context.globalAlpha = 1;
}

const PUT = {
  rectangle(context, item) {
    context.globalAlpha = clamp(item.opacity);
    context.fillStyle = item.fill;
    context.beginPath();
    context.roundRect(item.x, item.y, item.width, item.height, item.radii);
    context.fill();
    if (item.outline) {
      context.globalAlpha = clamp(item.opacity * 0.8);
      context.strokeStyle = item.outline;
      context.lineWidth = Math.max(item.width * 0.16, 1);
      context.stroke();
    }
  },
  polyline(context, item) {
    context.globalAlpha = clamp(item.opacity);
    context.beginPath();
    item.points.forEach(([x, y], number) => (number ? context.lineTo(x, y) : context.moveTo(x, y)));
    if (item.closed) {
      context.closePath();
      context.fillStyle = item.colour;
      context.fill();
      return;
    }
    context.strokeStyle = item.colour;
    context.lineWidth = item.width;
    context.lineCap = context.lineJoin = "round";
    context.stroke();
  },
  words(context, item) {
    context.globalAlpha = clamp(item.opacity);
    context.fillStyle = item.colour;
    context.font = `${item.size}px "${item.font}"`;
    context.textBaseline = "alphabetic";
    if (!item.tracking && !item.cell) {
      context.fillText(item.text, item.x, item.y);
      return;
    }
    let x = item.x;
    for (const sign of item.text) {
      const width = context.measureText(sign).width;
      const inCell = item.cell && sign >= "0" && sign <= "9";
      context.fillText(sign, inCell ? x + (item.cell - width) / 2 : x, item.y);
      x += (inCell ? item.cell : width) + item.tracking;
    }
  },
};

const clamp = (share) => Math.min(Math.max(share, 0), 1);

// Loads the fonts that tags are set in; until then words would be drawn in another.
export async function loadFonts(names) {
  await Promise.all(
    names.map(async (name) => {
      const font = new FontFace(name, `url("/media/font/${name}.ttf")`);
      document.fonts.add(await font.load());
    }),
  );
}
