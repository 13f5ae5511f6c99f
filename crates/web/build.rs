//! Writes the table of the front end's bundle, which `npm run build` leaves in `frontend/dist`.

use std::{collections::BTreeMap, env, error::Error, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let dist = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../frontend/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    let manifest = dist.join("manifest.json");
    let Ok(manifest) = fs::read_to_string(&manifest) else {
        return Err("the front end is not built: run `make frontend` first".into());
    };
    let manifest: BTreeMap<String, String> = serde_json::from_str(&manifest)?;
    let mut code = String::from("static ASSETS: &[Asset] = &[\n");
    for name in manifest.values() {
        // Copied, so that a later front-end build never leaves the table pointing at nothing.
        let path = out.join(name);
        fs::copy(dist.join(name), &path)?;
        let compressed = |ending: &str| {
            let name = format!("{name}.{ending}");
            let path = out.join(&name);
            let copied = fs::copy(dist.join(&name), &path).is_ok();
            if copied {
                format!("Some(include_bytes!({:?}))", path.display().to_string())
            } else {
                "None".into()
            }
        };
        let (brotli, gzip) = (compressed("br"), compressed("gz"));
        writeln!(
            code,
            "Asset {{ name: {name:?}, plain: include_bytes!({:?}), brotli: {brotli}, \
             gzip: {gzip} }},",
            path.display().to_string(),
        )?;
    }
    code.push_str("];\nstatic MANIFEST: &[(&str, &str)] = &[\n");
    for (logical, hashed) in &manifest {
        writeln!(code, "({logical:?}, {hashed:?}),")?;
    }
    code.push_str("];\n");
    fs::write(out.join("assets.rs"), code)?;
    Ok(())
}
