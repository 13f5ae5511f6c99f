//! E-commerce founders and community store managers: registered with their consent, trained,
//! supported, and some with a shop of their own.

use kernel::{Date, Fen};
use merchants::{
    FounderId, FounderKind, Registration, StepFacts, StepKind, Training, note_step, note_training,
    register_founder,
};

use super::{Festival, Scene, broke};
use crate::{Failure, demo::naming::person};

/// How many register in a large city and in a small one.
const LARGE: usize = 16;
const SMALL: usize = 6;

/// Trainings: when, what, by whom.
const TRAININGS: [(Date, &str, &str); 2] = [
    (Date::constant(2021, 4, 10), "直播带货入门：选品、口播、售后", "商圈联盟讲师（演示）"),
    (Date::constant(2021, 6, 22), "社区店长：社群团购和冷链自提", "市民学校（演示）"),
];

impl Festival {
    /// The n-th thing on their way.
    pub(super) async fn walk_with_founders(
        &mut self,
        scene: &mut Scene<'_, '_>,
        turn: usize,
    ) -> Result<(), Failure> {
        match turn {
            0 => self.register_founders(scene).await,
            1 => self.train(scene, TRAININGS[0], 1).await,
            2 => self.note_firsts(scene).await,
            3 => self.train(scene, TRAININGS[1], 2).await,
            _ => self.note_shops(scene).await,
        }
    }

    async fn register_founders(&mut self, scene: &mut Scene<'_, '_>) -> Result<(), Failure> {
        let atlas = scene.atlas().await?;
        let cx = scene.cx(&self.cast.clerk);
        for turn in 0..if self.size.is_small { SMALL } else { LARGE } {
            let towns = &scene.world.ground.towns;
            let kind =
                if turn % 2 == 0 { FounderKind::Ecommerce } else { FounderKind::StoreManager };
            let new = Registration {
                kind,
                name: person(&mut self.dice),
                town: towns[turn % towns.len()],
                on: Date::constant(2021, 3, 1),
                consents: true,
            };
            let id = register_founder(scene.tx, &cx, &atlas, new).await.map_err(broke)?;
            self.founders.push(id);
        }
        Ok(())
    }

    /// All but every n-th come to a training.
    async fn train(
        &mut self,
        scene: &mut Scene<'_, '_>,
        (on, title, by_whom): (Date, &str, &str),
        but: usize,
    ) -> Result<(), Failure> {
        let atlas = scene.atlas().await?;
        let cx = scene.cx(&self.cast.clerk);
        let there = self.founders.iter().enumerate();
        let founders: Vec<FounderId> =
            there.filter(|(turn, _)| turn % 5 != but).map(|(_, id)| *id).collect();
        let (title, by_whom) = (title.to_owned(), by_whom.to_owned());
        let training = Training { on, title, by_whom, founders };
        note_training(scene.tx, &cx, &atlas, &training).await.map_err(broke)?;
        Ok(())
    }

    /// Some sold for the first time.
    async fn note_firsts(&mut self, scene: &mut Scene<'_, '_>) -> Result<(), Failure> {
        let on = Date::constant(2021, 5, 15);
        let first = |title: &str| step(StepKind::Milestone, on, title, "");
        for turn in (0..self.founders.len()).step_by(3) {
            self.note(scene, turn, first("做成了第一单")).await?;
        }
        Ok(())
    }

    /// Some are supported, and open a shop.
    async fn note_shops(&mut self, scene: &mut Scene<'_, '_>) -> Result<(), Failure> {
        let (july, august) = (Date::constant(2021, 7, 20), Date::constant(2021, 8, 16));
        for turn in (0..self.founders.len()).step_by(2) {
            let amount = Fen(100_000 * self.dice.between(3, 10));
            let money = step(StepKind::Support, july, "创业启动扶持", "市级促消费资金（演示）");
            self.note(scene, turn, StepFacts { amount: Some(amount), ..money }).await?;
            let free = step(StepKind::Support, july, "减免三个月摊位费", "商圈联盟（演示）");
            self.note(scene, turn, free).await?;
            let shop = self.dice.below(self.shops.len());
            let place = Some(self.shops[shop].place);
            let opened = step(StepKind::Shop, august, "自己的店开业", "");
            self.note(scene, turn, StepFacts { place, ..opened }).await?;
        }
        Ok(())
    }

    async fn note(
        &mut self,
        scene: &mut Scene<'_, '_>,
        turn: usize,
        facts: StepFacts,
    ) -> Result<(), Failure> {
        let atlas = scene.atlas().await?;
        let cx = scene.cx(&self.cast.clerk);
        note_step(scene.tx, &cx, &atlas, self.founders[turn], &facts).await.map_err(broke)?;
        Ok(())
    }
}

fn step(kind: StepKind, on: Date, title: &str, by_whom: &str) -> StepFacts {
    StepFacts {
        kind,
        on,
        title: title.to_owned(),
        by_whom: by_whom.to_owned(),
        amount: None,
        merchant: None,
        place: None,
    }
}
