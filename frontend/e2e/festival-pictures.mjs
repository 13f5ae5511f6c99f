// The pictures that the documents show of the festival, at desk, phone and elder size.
import { join } from "node:path";
import { SIZES, watchedPage } from "./lib.mjs";

const MODES = [
  { name: "1366", size: SIZES.desk }, { name: "375", size: SIZES.phone },
  { name: "elder", size: SIZES.phone, elder: true },
];

/** Each picture's name, whose window it is, and where. */
const PICTURES = (ids) => [
  ["festival", "visitor", `/festival/${ids.autumn.slug}`],
  ["campaign", "organiser", `/campaigns/${ids.autumn.id}`],
  ["voucher", "citizen", `/c/wallet/${ids.claimed}`],
  ["till", "cashier", "/till"],
  ["settlement", "organiser", `/settlements/${ids.settled}`],
  ["show", "organiser", `/shows/${ids.show.id}`],
];

export async function takePictures({ base, ids, person }, states, folder) {
  for (const mode of MODES) {
    for (const [name, who, path] of PICTURES(ids)) {
      const window = await person(mode.size, { storageState: states[who] });
      const page = await watchedPage(window, { size: mode.size });
      if (mode.elder) await page.goto(`${base}/settings/elder?on=1&back=/c/consent`);
      await page.goto(base + path);
      // The public page goes on for many screens; its first one says what it is.
      const fullPage = name !== "festival";
      await page.screenshot({ path: join(folder, `${name}-${mode.name}.png`), fullPage });
      await window.close();
    }
  }
  const wall = await watchedPage(await person(SIZES.wall), { size: SIZES.wall });
  await wall.goto(base + ids.wall);
  await wall.screenshot({ path: join(folder, "show-wall-1920.png") });
  await wall.context().close();
}
