#include "recipes/mass_balance.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>
#include <vector>

#include "recipes/unit_text.hpp"

namespace nocturne {
namespace {

// Extended precision, so that the ratios of the rounded flows are right to a few units in the last place.
using Matrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
using Vector = Eigen::Matrix<long double, Eigen::Dynamic, 1>;

constexpr long double standing_still = 1e-15L;

/// The ratios that a recipe sets, varied or fixed.
std::vector<std::string> ratios_of(const Recipe& recipe) {
  std::vector<std::string> ratios;
  const auto add = [&](const std::string& name) {
    if (name.ends_with("_pb")) ratios.push_back(name);
  };
  for (const Variable& variable : recipe.variables) add(variable.name);
  for (const auto& [name, value] : recipe.fixed) add(name);
  return ratios;
}

std::vector<const Stock*> stocks_that_matter(const Recipe& recipe, const std::vector<std::string>& ratios) {
  std::vector<const Stock*> result;
  for (const Stock& stock : recipe.stocks) {
    const bool supplies =
        std::ranges::any_of(ratios, [&](const auto& r) { return supply(stock, r).si() > 0.0; });
    if (stock.name != recipe.diluent && (supplies || supply(stock, "pb").si() > 0.0))
      result.push_back(&stock);
  }
  return result;
}

/// Rows: supply - ratio * lead, which the shares must balance to 0, and ones, which they must balance to 1.
Matrix balance(const std::vector<const Stock*>& stocks, const std::vector<std::string>& ratios,
               const Conditions& conditions) {
  const auto rows = static_cast<Eigen::Index>(ratios.size());
  Matrix matrix = Matrix::Ones(rows + 1, static_cast<Eigen::Index>(stocks.size()));
  for (Eigen::Index i = 0; i < rows; ++i) {
    const std::string& ratio = ratios[static_cast<std::size_t>(i)];
    const long double wanted = conditions.at(ratio);
    for (Eigen::Index j = 0; j < matrix.cols(); ++j) {
      const Stock& stock = *stocks[static_cast<std::size_t>(j)];
      matrix(i, j) = supply(stock, ratio).si() - wanted * supply(stock, "pb").si();
    }
    const long double largest = matrix.row(i).cwiseAbs().maxCoeff();
    if (largest > 0.0L) matrix.row(i) /= largest;
  }
  return matrix;
}

/// A point inside the bounds where no two stocks balance by accident.
Conditions inner_point(const Recipe& recipe) {
  Conditions point = recipe.fixed;
  double share = 0.382;
  for (const Variable& variable : recipe.variables) {
    point[variable.name] = variable.low + share * (variable.high - variable.low);
    share = std::fmod(share + 0.618, 1.0);
  }
  return point;
}

std::string listed(const std::vector<std::string>& ratios, const Conditions& conditions) {
  std::string text;
  for (const std::string& ratio : ratios)
    text += (text.empty() ? "" : ", ") + ratio + " = " + number_text(conditions.at(ratio));
  return text;
}

double total(const std::vector<const Stock*>& stocks, const std::map<std::string, double>& shares,
             const std::string& ratio) {
  double sum = 0.0;
  for (const Stock* stock : stocks) {
    const auto share = shares.find(stock->name);
    if (share != shares.end()) sum += share->second * supply(*stock, ratio).si();
  }
  return sum;
}

}  // namespace

Concentration supply(const Stock& stock, const std::string& ratio) {
  const auto content = [&](const char* species) {
    const auto found = stock.contents.find(species);
    return found == stock.contents.end() ? Concentration{} : found->second;
  };
  if (ratio == "pb") return content("Pb") + content("lead_bromide");
  if (ratio == "cs_pb") return content("Cs");
  if (ratio == "amine_pb") return content("amine");
  assert(ratio == "br_pb");
  return content("alkylammonium_bromide") + 2.0 * (content("zinc_bromide") + content("lead_bromide"));
}

std::variant<std::map<std::string, double>, Infeasible> stock_shares(const Recipe& recipe,
                                                                     const Conditions& conditions) {
  const auto ratios = ratios_of(recipe);
  const auto stocks = stocks_that_matter(recipe, ratios);
  const Matrix matrix = balance(stocks, ratios, conditions);
  Vector right = Vector::Zero(matrix.rows());
  right(right.size() - 1) = 1.0L;
  const Vector solution = matrix.colPivHouseholderQr().solve(right);

  std::map<std::string, double> shares;
  for (Eigen::Index j = 0; j < solution.size(); ++j) {
    const std::string& name = stocks[static_cast<std::size_t>(j)]->name;
    const auto share = static_cast<double>(solution(j));
    if (!std::isfinite(share))
      return Infeasible{listed(ratios, conditions) + " cannot be mixed from the stocks"};
    if (std::abs(solution(j)) < standing_still) continue;
    if (share < 0.0)
      return Infeasible{listed(ratios, conditions) + " cannot be mixed: stock '" + name +
                        "' would have to be " + number_text(100.0 * share) + " % of the flow"};
    shares[name] = share;
  }
  const double lead = total(stocks, shares, "pb");
  if (lead <= 0.0) return Infeasible{listed(ratios, conditions) + " cannot be mixed: no lead would flow"};
  for (const std::string& ratio : ratios) {
    const double mixed = total(stocks, shares, ratio) / lead;
    const double wanted = conditions.at(ratio);
    if (std::abs(mixed - wanted) > 1e-12 * std::max(1.0, wanted))
      return Infeasible{listed(ratios, conditions) + " contradict each other: " + ratio + " would be " +
                        number_text(mixed)};
  }
  return shares;
}

void check_mass_balance(const Recipe& recipe) {
  const auto ratios = ratios_of(recipe);
  const auto stocks = stocks_that_matter(recipe, ratios);
  const auto supplied = [&](const std::string& ratio) {
    return std::ranges::any_of(stocks, [&](const Stock* stock) { return supply(*stock, ratio).si() > 0.0; });
  };
  if (!supplied("pb"))
    throw recipe_error(recipe, "stock " + recipe.stocks.front().name,
                       "no stock contains lead (needed: Pb or lead_bromide)");
  for (const std::string& ratio : ratios) {
    const std::string varied = "variable " + ratio;
    if (!supplied(ratio))
      throw recipe_error(recipe, recipe.lines.contains(varied) ? varied : "fixed " + ratio,
                         "no stock supplies what '" + ratio + "' asks for");
  }
  const Eigen::FullPivLU<Matrix> factors{balance(stocks, ratios, inner_point(recipe))};
  if (factors.rank() == static_cast<Eigen::Index>(stocks.size())) return;
  const Vector free = factors.kernel().col(0);
  std::string names;
  std::string last;
  for (Eigen::Index j = 0; j < free.size(); ++j) {
    if (std::abs(free(j)) < 1e-9L) continue;
    last = stocks[static_cast<std::size_t>(j)]->name;
    names += (names.empty() ? "'" : ", '") + last + "'";
  }
  throw recipe_error(recipe, "stock " + last,
                     "impossible mass balance: the conditions leave the flows of stocks " + names +
                         " open (needed: one of br_pb, amine_pb, cs_pb for every stock but one)");
}

void check_elements(const Recipe& recipe, const std::string& compound) {
  const std::map<std::string, std::string> supplying{{"Cs", "cs_pb"}, {"Pb", "pb"}, {"Br", "br_pb"}};
  for (const auto& [element, ratio] : supplying) {
    const auto supplies = [&](const Stock& stock) { return supply(stock, ratio).si() > 0.0; };
    if (compound.find(element) != std::string::npos && std::ranges::none_of(recipe.stocks, supplies))
      throw recipe_error(
          recipe, "stock " + recipe.stocks.front().name,
          "impossible mass balance: " + compound + " needs " + element + ", and no stock contains it");
  }
}

}  // namespace nocturne
