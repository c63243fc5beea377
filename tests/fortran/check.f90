! What the test programs say and count.
module check
  implicit none
  private
  public :: expect, expect_status, finish_checks

  integer, save :: failures = 0

contains

  subroutine expect(condition, what)
    logical, intent(in) :: condition
    character(len=*), intent(in) :: what

    if (condition) return
    failures = failures + 1
    print '(2a)', 'FAILED: ', what
  end subroutine

  subroutine expect_status(status, wanted, what)
    integer, intent(in) :: status, wanted
    character(len=*), intent(in) :: what

    if (status == wanted) return
    failures = failures + 1
    print '(3a, i0, a, i0)', 'FAILED: ', what, ': status ', status, ', not ', wanted
  end subroutine

  subroutine finish_checks()
    if (failures > 0) stop 1
    print '(a)', 'all checks passed'
  end subroutine
end module
