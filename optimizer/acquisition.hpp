#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

namespace nocturne {

/// ln of how much an experiment at a point is worth, given what the surrogate believes. Larger is better.
class Acquisition {
 public:
  virtual ~Acquisition() = default;
  struct Value {
    Eigen::VectorXd value;  ///< n
    Eigen::MatrixXd slope;  ///< n x dimensions
  };
  /// At points on the unit cube, one per row.
  virtual Value operator()(const Eigen::MatrixXd& points) const = 0;
  /// The values alone, where slopes would be work for nothing.
  virtual Eigen::VectorXd values(const Eigen::MatrixXd& points) const { return (*this)(points).value; }
  /// For people: "log expected improvement".
  virtual std::string name() const = 0;
};

}  // namespace nocturne
