//! The farm-produce sales contests: the summer's is decided, the autumn's goes on.

use campaigns::{SubEventId, SubEventKind};
use jiff::civil::Date;
use kernel::Fen;
use sales::{ContestId, ContestTerms, Filter, Weights, draft_contest, enter_contest, open_contest};

use super::{
    Festival, Scene, Season, broke, moment,
    orders::{Item, Wish, export, generate},
    shops::Trade,
    shows::OfFile,
};
use crate::{
    Failure,
    demo::{dice::Dice, ground::stopped},
};

/// A step with a contest.
#[derive(Clone, Copy, Debug)]
pub(super) enum ContestStep {
    /// Its terms are published and frozen.
    Open,
    /// Merchants say yes.
    Enter,
    /// The platform's export so far.
    File,
    /// Another one, with more orders and what came back.
    LateFile,
    /// Everything that was told is verified.
    Judge,
}

const PLATFORM: &str = "社群团购平台（演示）";

/// What an orders' file is made of: days, how much stays of it.
fn course(season: Season) -> (Vec<Date>, Fen) {
    let (first, count, net) = match season {
        Season::Autumn => (Date::constant(2021, 10, 15), 5, 2_400_000),
        _ => (Date::constant(2021, 6, 12), 16, 6_400_000),
    };
    (first.series(jiff::Span::new().days(1)).take(count).collect(), Fen(net))
}

impl Festival {
    pub(super) async fn contest(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
        step: ContestStep,
    ) -> Result<(), Failure> {
        match step {
            ContestStep::Open => self.open_contest(scene, season).await,
            ContestStep::Enter => self.enter_contest(scene, season).await,
            ContestStep::File | ContestStep::LateFile => self.tell_produce(scene, season).await,
            ContestStep::Judge => {
                let filter =
                    Filter { contest: Some(self.contest_of(season)?), ..Filter::default() };
                self.verify(scene, &filter).await
            }
        }
    }

    fn contest_of(&mut self, season: Season) -> Result<ContestId, Failure> {
        self.fair(season)?.contest.ok_or_else(|| stopped("大赛还没有公布"))
    }

    fn farm_event(&mut self, season: Season) -> Result<SubEventId, Failure> {
        let event = self.fair(season)?.event(SubEventKind::FarmContest);
        event.ok_or_else(|| stopped("没有助农大赛"))
    }

    async fn open_contest(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let (name, from, cut_off, returns) = match season {
            Season::Autumn => (
                "秋收助农大赛（演示）",
                Date::constant(2021, 10, 15),
                Date::constant(2021, 10, 31),
                Date::constant(2021, 11, 7),
            ),
            _ => (
                "新零售助农销售大赛（演示）",
                Date::constant(2021, 6, 12),
                Date::constant(2021, 6, 27),
                Date::constant(2021, 7, 4),
            ),
        };
        let terms = ContestTerms {
            name: name.into(),
            from_at: moment(from, 0, 0),
            cut_off_at: moment(cut_off, 24, 0),
            returns_until: moment(returns, 24, 0),
            weights: Weights::NET,
        };
        let whose = (self.fair(season)?.id, Some(self.farm_event(season)?));
        let cx = scene.cx(&self.cast.organiser);
        let id = draft_contest(scene.tx, &cx, whose, terms).await.map_err(broke)?;
        open_contest(scene.tx, &cx, (id, 1)).await.map_err(broke)?;
        self.fair(season)?.contest = Some(id);
        Ok(())
    }

    /// The members that sell produce.
    fn growers(&mut self, season: Season) -> Result<Vec<usize>, Failure> {
        let mut members = self.fair(season)?.members.clone();
        members.retain(|turn| self.shops[*turn].trade == Trade::Farm);
        Ok(members)
    }

    async fn enter_contest(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let id = self.contest_of(season)?;
        for turn in self.growers(season)? {
            let shop = &self.shops[turn];
            let cx = scene.cx(&shop.owner);
            enter_contest(scene.tx, &cx, (id, shop.id)).await.map_err(broke)?;
        }
        Ok(())
    }

    /// The platform's export of the produce that was sold until now.
    async fn tell_produce(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let growers = self.growers(season)?;
        let produce = self.goods.iter().filter(|one| growers.contains(&one.shop));
        let known = produce.map(|one| Item {
            title: one.title.to_owned(),
            price: one.price,
            shop: one.shop,
        });
        let boxes = growers.iter().map(|shop| Item {
            title: "时令蔬菜箱".into(),
            price: Fen(4_990),
            shop: *shop,
        });
        let items: Vec<Item> = known.chain(boxes).collect();
        let (days, net) = course(season);
        let serial = 500_000 + season as usize * 100_000;
        let wish = Wish {
            items: &items,
            days: &days,
            hours: (8, 21),
            count: self.size.orders / 3,
            net,
            serial,
        };
        let orders = generate(&mut Dice::new(self.seed ^ serial as u64), &wish);
        let bytes = export(&orders, |shop| self.shops[shop].name.clone(), scene.at.instant());
        let of = OfFile {
            sub_event: Some(self.farm_event(season)?),
            show: None,
            platform: PLATFORM,
            name: format!("助农订单_{}.csv", scene.at.on.strftime("%m%d")),
        };
        self.hand_in_file(scene, season, of, &bytes).await
    }
}
