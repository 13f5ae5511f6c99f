//! docs/configuration.md shows every setting with its default.

use app::config::{Config, Settings};

const SHOWN: &str = include_str!("../../../../docs/configuration.md");

#[test]
fn the_shown_file_is_the_defaults_and_shows_every_setting() {
    let example = SHOWN.split("```").nth(1).and_then(|block| block.strip_prefix("toml\n"));
    let example = example.expect("a block of TOML");
    let read: Settings = toml::from_str(example).expect("it is a file that is taken");
    let settle = |settings| format!("{:?}", Config::settle(settings, Settings::default()));
    assert_eq!(settle(read.clone()), settle(Settings::default()));
    // Every setting but the database's address, which excludes the folder, has a value.
    let open: Vec<String> = format!("{read:#?}")
        .lines()
        .filter(|line| line.ends_with(": None,"))
        .map(|line| line.trim().to_owned())
        .collect();
    assert_eq!(open, ["database_url: None,"]);
}
