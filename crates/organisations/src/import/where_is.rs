//! Town and place of a row: either leads to the other, and they must not contradict.

use places::{NameMiss, PlaceId};

use super::{
    check::{Checker, Reading},
    columns::Column,
    draft::Wish,
    problem::Problem,
    words,
};

/// A place that was found, and its town.
#[derive(Clone, Copy, Debug)]
pub(super) struct Where {
    town: PlaceId,
    place: PlaceId,
}

impl Checker<'_> {
    /// What the row says of town and place.
    pub(super) fn town_and_place(
        &mut self,
        row: &mut Reading<'_>,
    ) -> (Wish<PlaceId>, Wish<Option<PlaceId>>) {
        let town = self.town(row);
        let Ok(town) = town else {
            // Without its town a place means nothing; one problem a row is enough here.
            return (Wish::Keep, Wish::Keep);
        };
        let town_wish = town.map_or(Wish::Keep, Wish::Be);
        if !row.has(Column::Place) {
            return (town_wish, Wish::Keep);
        }
        let text = row.text(Column::Place);
        if words::means_none(&text) {
            return (town_wish, Wish::Be(None));
        }
        let key = (town, text);
        let found = match self.places.get(&key) {
            Some(found) => found.clone(),
            None => {
                let found = self.find(town, &key.1);
                self.places.insert(key, found.clone());
                found
            }
        };
        match found {
            Ok(found) => (Wish::Be(found.town), Wish::Be(Some(found.place))),
            Err(problem) => {
                row.wrong(*problem);
                (town_wish, Wish::Keep)
            }
        }
    }

    /// The town; nothing when its cell is empty.
    fn town(&mut self, row: &mut Reading<'_>) -> Result<Option<PlaceId>, ()> {
        let text = row.text(Column::Town);
        if text.is_empty() {
            return Ok(None);
        }
        let desk = self.desk;
        let found = match self.towns.get(&text) {
            Some(found) => found,
            None => self.towns.entry(text.clone()).or_insert_with(|| desk.town(&text)),
        };
        match found {
            Ok(town) => Ok(Some(*town)),
            Err(suggestion) => {
                let problem = Problem::at(Column::Town, "town-unknown", &text, "没有这个区镇")
                    .advise("请对照模板下拉里的区镇名称")
                    .fixed_by(suggestion.clone());
                row.wrong(problem);
                Err(())
            }
        }
    }

    fn find(&self, town: Option<PlaceId>, text: &str) -> Result<Where, Box<Problem>> {
        let missing = |suggestion: Option<String>| {
            Problem::at(Column::Place, "place-unknown", text, "没有叫这个名字的阵地或地点")
                .advise("请对照模板下拉里的名称；确实是新的，请先在“地点”里建好")
                .fixed_by(suggestion)
        };
        let Some(town) = town else {
            return match &self.desk.towns_with(text)[..] {
                [] => Err(Box::new(missing(None))),
                [(town, place)] => Ok(Where { town: *town, place: *place }),
                many => Err(Box::new(self.in_several_towns(text, many))),
            };
        };
        match self.desk.place(text, town) {
            Ok(place) => Ok(Where { town, place }),
            Err(NameMiss::Ambiguous { paths }) => {
                let message = format!("这个区镇里有 {} 处叫这个名字", paths.len());
                let problem = Problem::at(Column::Place, "place-ambiguous", text, message);
                Err(Box::new(problem.advise(format!("请写清是哪一处：{}", paths.join("、")))))
            }
            Err(NameMiss::Unknown { suggestion }) => {
                let elsewhere = self.desk.towns_with(text);
                let Some((other, _)) = elsewhere.first() else {
                    return Err(Box::new(missing(suggestion)));
                };
                let (said, other) = (self.name(town), self.name(*other));
                let message = format!("这个地点在{other}，不在{said}");
                let problem = Problem::at(Column::Place, "place-town-mismatch", text, message);
                let advice = format!("请核对：区镇改为“{other}”，或者改所在阵地");
                Err(Box::new(problem.advise(advice)))
            }
        }
    }

    fn in_several_towns(&self, text: &str, many: &[(PlaceId, PlaceId)]) -> Problem {
        let names: Vec<&str> = many.iter().map(|(town, _)| self.name(*town)).collect();
        let message = format!("{}都有叫这个名字的地点", names.join("、"));
        Problem::at(Column::Place, "place-ambiguous", text, message).advise("请填写区镇")
    }

    fn name(&self, place: PlaceId) -> &str {
        self.desk.tree_of(place).name(place)
    }
}
