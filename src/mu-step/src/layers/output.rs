//! What each layer kernel makes of a shape.

use super::kernel::{Layer, LayerNode};
use super::shape::Shape;

impl Layer {
    /// What it makes of a shape.
    ///
    /// # Errors
    /// In words, where the shape does not fit.
    pub fn output(&self, input: Shape) -> Result<Shape, String> {
        let word = self.word();
        let misfit = |what: &str| format!("`{word}` needs {what}, what comes before gives {input}");
        let needs = |what: &str| Err::<Shape, String>(misfit(what));
        let image = input.image().ok_or_else(|| misfit("an image"));
        let grid = input.grid().ok_or_else(|| misfit("a grid"));
        let tokens = input.tokens().ok_or_else(|| misfit("tokens"));
        let rows = input.rows().ok_or_else(|| misfit(Shape::ROWS));
        let fits = |have: i64, wants: i64, what: &str| {
            if have == wants {
                Ok(())
            } else {
                Err(format!("`{word}` is made for {wants} {what}, what comes before gives {input}"))
            }
        };
        match self {
            Layer::Conv { inputs, outputs, kernel, stride, padding, groups, .. } => {
                let [c, h, w] = image?;
                fits(c, *inputs, "channels")?;
                if c % groups != 0 || outputs % groups != 0 {
                    return Err(format!("{groups} groups divide neither {c} nor {outputs} channels evenly"));
                }
                let [h, w] = windows([h, w], *kernel, *stride, *padding, "kernel")?;
                Ok(Shape::Image([*outputs, h, w]))
            }
            Layer::BatchNorm { channels } => match input {
                Shape::Image([c, ..]) | Shape::Features(c) => fits(c, *channels, "channels").map(|()| input),
                Shape::Grid(_) | Shape::Tokens(_) => needs("an image or a row of features"),
            },
            Layer::LayerNorm { features, .. } => fits(rows?.0, *features, "features").map(|()| input),
            Layer::GroupNorm { groups, channels, .. } => {
                let [c, ..] = image?;
                fits(c, *channels, "channels")?;
                if c % groups != 0 {
                    return Err(format!("{groups} groups do not divide {c} channels evenly"));
                }
                Ok(input)
            }
            Layer::Activation { .. } | Layer::Dropout { .. } => Ok(input),
            // What it needs is known to nobody before it is run.
            Layer::Script(script) => Ok(Shape::Features(script.outputs)),
            Layer::MaxPool { kernel, stride, padding } | Layer::AveragePool { kernel, stride, padding } => {
                let [c, h, w] = image?;
                if 2 * padding > *kernel {
                    return Err(format!(
                        "a window of {kernel} px takes at most {} px of padding",
                        kernel / 2
                    ));
                }
                let [h, w] = windows([h, w], *kernel, *stride, *padding, "window")?;
                Ok(Shape::Image([c, h, w]))
            }
            Layer::AdaptiveAveragePool { side } => image.map(|[c, ..]| Shape::Image([c, *side, *side])),
            Layer::GlobalAveragePool { .. } => match input {
                Shape::Image([c, ..]) | Shape::Grid([.., c]) | Shape::Tokens([_, c]) => {
                    Ok(Shape::Features(c))
                }
                Shape::Features(_) => needs("an image"),
            },
            Layer::Flatten => Ok(Shape::Features(input.size())),
            Layer::Linear { inputs, outputs, .. } => {
                fits(rows?.0, *inputs, "features").map(|()| input.with_rows(*outputs))
            }
            Layer::PadShortcut { stride, before, after } => {
                let [c, h, w] = image?;
                let side = |n: i64| (n - 1) / stride + 1;
                Ok(Shape::Image([c + before + after, side(h), side(w)]))
            }
            Layer::Residual { body, shortcut } => {
                let (one, other) = (chain(body, input)?, chain(shortcut, input)?);
                if one == other {
                    Ok(one)
                } else {
                    Err(format!("the body gives {one}, the shortcut {other}"))
                }
            }
            Layer::Concat { parts, .. } => {
                let shapes: Result<Vec<Shape>, String> = parts.iter().map(|p| chain(p, input)).collect();
                joined(&shapes?)
            }
            Layer::ToTokens => image.map(|[c, h, w]| Shape::Tokens([h * w, c])),
            Layer::ToGrid => match input {
                Shape::Image([c, h, w]) => Ok(Shape::Grid([h, w, c])),
                Shape::Tokens([n, d]) => square(n, "tokens").map(|side| Shape::Grid([side, side, d])),
                Shape::Grid(_) | Shape::Features(_) => needs("an image or tokens"),
            },
            Layer::ToImage { channels } => {
                let [c, h, w] = match (input, channels) {
                    (Shape::Grid([h, w, c]), _) => [c, h, w],
                    (Shape::Tokens([n, d]), _) => square(n, "tokens").map(|side| [d, side, side])?,
                    (Shape::Features(n), Some(c)) if n % c == 0 => {
                        square(n / c, "numbers a channel").map(|side| [*c, side, side])?
                    }
                    (Shape::Features(n), Some(c)) => {
                        return Err(format!("{c} channels do not divide {n} features evenly"));
                    }
                    (Shape::Features(_), None) => {
                        return needs("to be told the channels: `to_image(channels)`");
                    }
                    (Shape::Image(_), _) => return needs("a grid, tokens or a row of features"),
                };
                channels.map_or(Ok(()), |wants| fits(c, wants, "channels"))?;
                Ok(Shape::Image([c, h, w]))
            }
            Layer::Patches { side } => {
                let [c, h, w] = image?;
                divides(*side, h, w, "patches")?;
                Ok(Shape::Grid([h / side, w / side, c * side * side]))
            }
            Layer::Unpatch { side } => {
                let [h, w, c] = grid?;
                let all = side.saturating_mul(*side);
                if c % all != 0 {
                    return Err(format!("patches of {side} × {side} px do not divide {c} features evenly"));
                }
                Ok(Shape::Image([c / all, h.saturating_mul(*side), w.saturating_mul(*side)]))
            }
            Layer::MergePatches => {
                let [h, w, c] = grid?;
                divides(2, h, w, "patches")?;
                Ok(Shape::Grid([h / 2, w / 2, 4 * c]))
            }
            Layer::ClassToken { features } => {
                let [n, d] = tokens?;
                fits(d, *features, "features").map(|()| Shape::Tokens([n + 1, d]))
            }
            Layer::PositionEmbedding { tokens: all, features, .. } => {
                let [n, d] = tokens?;
                fits(n, *all, "tokens")?;
                fits(d, *features, "features").map(|()| input)
            }
            Layer::TakeToken { at } => {
                let [n, d] = tokens?;
                if *at >= n {
                    return Err(format!("there are {n} tokens, numbered from 0: none has number {at}"));
                }
                Ok(Shape::Features(d))
            }
            Layer::Attention { heads } => {
                let [n, d] = tokens?;
                heads_of(d, *heads).map(|d| Shape::Tokens([n, d]))
            }
            Layer::Upsample { factor } => {
                let [c, h, w] = image?;
                Ok(Shape::Image([c, h.saturating_mul(*factor), w.saturating_mul(*factor)]))
            }
            Layer::Pad { left, top, right, bottom } => {
                let [c, h, w] = image?;
                Ok(Shape::Image([c, h + top + bottom, w + left + right]))
            }
            Layer::TimeEmbedding { features, .. } => {
                if *features < 4 || features % 2 != 0 {
                    return Err(format!(
                        "`time_embedding` needs an even number of features, at least 4, not {features}"
                    ));
                }
                Ok(Shape::Features(*features))
            }
            Layer::LabelEmbedding { features, .. } => Ok(Shape::Features(*features)),
            Layer::Remember { of, .. } => chain(of, input).map(|_| input),
            Layer::Recall { shape, .. } => Ok(*shape),
            Layer::Featurewise { how, of, .. } => {
                let channels = if let Shape::Image([c, ..]) = input { c } else { input.features() };
                let (each, made) = (how.numbers(), chain(of, input)?);
                if made == Shape::Features(channels.saturating_mul(each)) {
                    return Ok(input);
                }
                let numbers = if each == 1 { "a number".to_owned() } else { format!("{each} numbers") };
                let place = if matches!(input, Shape::Image(_)) { "channel" } else { "feature" };
                Err(format!("`{word}` needs {numbers} for each {place} of {input}, its chain gives {made}"))
            }
            Layer::WindowAttention { heads, window, .. } => {
                let [h, w, d] = grid?;
                divides(*window, h, w, "windows")?;
                heads_of(d, *heads).map(|d| Shape::Grid([h, w, d]))
            }
        }
    }
}

/// What a chain makes of a shape.
pub(super) fn chain(nodes: &[LayerNode], input: Shape) -> Result<Shape, String> {
    nodes.iter().try_fold(input, |shape, node| node.layer.output(shape))
}

fn windows([h, w]: [i64; 2], kernel: i64, stride: i64, padding: i64, what: &str) -> Result<[i64; 2], String> {
    if h + 2 * padding < kernel || w + 2 * padding < kernel {
        return Err(format!("a {what} of {kernel} px does not fit into {h} × {w} px"));
    }
    Ok([h, w].map(|side| (side + 2 * padding - kernel) / stride + 1))
}

/// The side of a square of so many.
fn square(count: i64, what: &str) -> Result<i64, String> {
    let side = count.isqrt();
    if side * side == count { Ok(side) } else { Err(format!("{count} {what} are no square")) }
}

fn divides(side: i64, h: i64, w: i64, what: &str) -> Result<(), String> {
    if h % side == 0 && w % side == 0 {
        Ok(())
    } else {
        Err(format!("{what} of {side} × {side} do not divide {h} × {w} evenly"))
    }
}

/// Queries, keys and values in one row → the length of one of them.
fn heads_of(features: i64, heads: i64) -> Result<i64, String> {
    if features % (3 * heads) == 0 {
        Ok(features / 3)
    } else {
        Err(format!(
            "{heads} heads need queries, keys and values of equal length: {features} features are no multiple of {}",
            3 * heads
        ))
    }
}

/// Parts beside each other.
fn joined(shapes: &[Shape]) -> Result<Shape, String> {
    let differ =
        |a: Shape, b: Shape| Err(format!("parts that give {a} and {b} cannot be put beside each other"));
    let mut sum = *shapes.first().ok_or("`concat` needs a part")?;
    for &next in &shapes[1..] {
        sum = match (sum, next) {
            (Shape::Image([a, h, w]), Shape::Image([b, h2, w2])) if (h, w) == (h2, w2) => {
                Shape::Image([a + b, h, w])
            }
            (Shape::Grid([h, w, a]), Shape::Grid([h2, w2, b])) if (h, w) == (h2, w2) => {
                Shape::Grid([h, w, a + b])
            }
            (Shape::Tokens([n, a]), Shape::Tokens([m, b])) if n == m => Shape::Tokens([n, a + b]),
            (Shape::Features(a), Shape::Features(b)) => Shape::Features(a + b),
            (a, b) => return differ(a, b),
        };
    }
    Ok(sum)
}
